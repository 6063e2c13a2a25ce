"""Ended segments and checkpoints go to a store of objects, signed for and locked; what lies there verifies by itself."""

import datetime
import os
import sys

import boto3
import pytest
from botocore.exceptions import ClientError

from harness.gateway import Gateway
from harness.places import MARSHAL
from harness.process import Process, free_port, until

SECRET = "ARCHIVE_SECRET"
CONFIG = """
providers: {{demo: {{}}}}
audit:
  archive: {{{store}, every_s: 1}}
  anchor_every_s: 1
  anchors: [{{kind: s3, {store}}}]
"""


class Kept:
    """A store that speaks as Amazon S3 does and checks signatures, and a gateway that archives to it."""

    def __init__(self, folder):
        self.folder, port = folder, free_port()
        # So many calls make the user and the bucket; from then on each has to be signed with the user's key.
        self.store = Process([sys.executable, "-m", "moto.server", "-p", str(port)], folder, "moto", {"INITIAL_NO_AUTH_ACTION_COUNT": "4"})
        self.url = f"http://127.0.0.1:{port}"
        until(lambda: "Running on" in self.store.complained() + self.store.said(), "the store listens", 60)
        nobody = {"endpoint_url": self.url, "region_name": "us-east-1", "aws_access_key_id": "none", "aws_secret_access_key": "none"}
        iam = boto3.client("iam", **nobody)
        iam.create_user(UserName="marshal")
        self.keys = iam.create_access_key(UserName="marshal")["AccessKey"]
        policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
        iam.put_user_policy(UserName="marshal", PolicyName="all", PolicyDocument=policy)
        boto3.client("s3", **nobody).create_bucket(Bucket="evidence", ObjectLockEnabledForBucket=True)
        keys = {"aws_access_key_id": self.keys["AccessKeyId"], "aws_secret_access_key": self.keys["SecretAccessKey"]}
        self.s3 = boto3.client("s3", **{**nobody, **keys})
        self.gateway = Gateway(folder / "gateway", self.config(), {SECRET: self.keys["SecretAccessKey"]})

    def config(self) -> str:
        store = f"endpoint: {self.url}, region: us-east-1, bucket: evidence, prefix: acme, access_key_id: {self.keys['AccessKeyId']}"
        return CONFIG.format(store=f"{store}, secret_access_key: {{env: {SECRET}}}, lock_days: 30")

    def call(self) -> None:
        with self.gateway.http() as http:
            body = {"model": "demo/demo-chat", "messages": [{"role": "user", "content": "Hello"}]}
            assert http.post("/v1/chat/completions", json=body).status_code == 200

    def restart(self) -> None:
        self.gateway.process.end()
        gateway = self.gateway
        gateway.process = Process([MARSHAL, "serve", *gateway._which()], gateway.folder, "again", gateway.env)
        until(lambda: ready(gateway), "it takes calls again")

    def keys_of(self, prefix: str) -> list[str]:
        return [one["Key"] for one in self.s3.list_objects_v2(Bucket="evidence", Prefix=f"acme/{prefix}").get("Contents", [])]

    def bytes(self, key: str) -> bytes:
        return self.s3.get_object(Bucket="evidence", Key=key)["Body"].read()

    def end(self) -> None:
        self.gateway.end()
        self.store.end()


def ready(gateway) -> bool:
    try:
        with gateway.http() as http:
            return http.get("/v1/models").status_code == 200
    except Exception:
        return False


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    kept = Kept(tmp_path_factory.mktemp("kept"))
    for _ in range(5):
        kept.call()
    until(lambda: len(kept.keys_of("checkpoints/")) > 1, "a checkpoint of calls is kept", 30)
    kept.restart()
    until(lambda: kept.keys_of("parquet/"), "the ended chain is archived", 30)
    yield kept
    kept.end()


def test_the_archived_chain_verifies_with_a_checkpoint_from_the_store(kept):
    (segment,) = kept.keys_of("audit/")
    chain = segment.split("/")[2]
    copy = kept.folder / "copy"
    (copy / chain).mkdir(parents=True)
    (copy / chain / "000001.jsonl").write_bytes(kept.bytes(segment))
    newest = max((key for key in kept.keys_of("checkpoints/") if chain in key), key=lambda key: int(key.rpartition("-")[2][:-4]))
    checkpoint = kept.folder / "checkpoint.txt"
    checkpoint.write_bytes(kept.bytes(newest))
    key = kept.gateway.run("audit", "key").stdout.strip()
    words = ["audit", "verify", str(copy), "--key", key, "--checkpoint", str(checkpoint)]
    report = kept.gateway.json(*words)
    assert report["ok"] and report["kinds"]["complete"] == 5, report
    changed = kept.bytes(segment).replace(b'"status":200', b'"status":201', 1)
    (copy / chain / "000001.jsonl").write_bytes(changed)
    assert not kept.gateway.json(*words)["ok"]


def test_the_table_beside_it_is_parquet(kept):
    (table,) = kept.keys_of("parquet/")
    whole = kept.bytes(table)
    assert whole[:4] == whole[-4:] == b"PAR1"


def test_what_is_there_is_locked(kept):
    for key in [*kept.keys_of("audit/"), *kept.keys_of("parquet/"), kept.keys_of("checkpoints/")[0]]:
        head = kept.s3.head_object(Bucket="evidence", Key=key)
        days = (head["ObjectLockRetainUntilDate"] - datetime.datetime.now(datetime.UTC)).days
        assert head["ObjectLockMode"] == "COMPLIANCE" and days in (29, 30), head
        version = head["VersionId"]
        with pytest.raises(ClientError):
            kept.s3.delete_object(Bucket="evidence", Key=key, VersionId=version)


def test_nothing_is_brought_twice_and_a_wrong_key_is_told_without_it(kept):
    before = [kept.s3.head_object(Bucket="evidence", Key=key)["VersionId"] for key in kept.keys_of("audit/")]
    config = kept.gateway.config.read_text()
    kept.gateway.env[SECRET] = "wrong" * 8
    kept.restart()
    until(lambda: "cannot be archived" in kept.gateway.process.complained(), "it is told", 30)
    said = kept.gateway.process.complained()
    assert "SignatureDoesNotMatch" in said and "wrongwrong" not in said, said
    assert kept.gateway.config.read_text() == config
    after = [kept.s3.head_object(Bucket="evidence", Key=key)["VersionId"] for key in kept.keys_of("audit/")[: len(before)]]
    assert before == after


def test_the_key_is_never_written_down(kept):
    secret = kept.keys["SecretAccessKey"].encode()
    kept.gateway.end()
    for root, _, files in os.walk(kept.gateway.data):
        for file in files:
            with open(os.path.join(root, file), "rb") as one:
                assert secret not in one.read(), file
