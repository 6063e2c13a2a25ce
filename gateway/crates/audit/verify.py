#!/usr/bin/env python3
"""A second verifier of Marshal's audit trail: `verify.py DIR`, the Python standard library alone.

DIR is a data folder, its `audit` folder, or a copy of one. Prints a report as JSON; exit code 0 if nothing is wrong,
1 if something is. The format and the rules are described in src/lib.rs beside this file.
"""
import hashlib, json, os, re, sys

SEAL = re.compile(rb',"hash":"([0-9a-f]{64})"}')
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")


def unseal(line):
    """The record and its hash. The line's bytes and the parsed record must both lead to the same hash."""
    end = SEAL.fullmatch(line[-75:])
    if not end:
        raise ValueError("the line does not end with a hash as every record does")
    body = line[:-75] + b"}"
    if hashlib.sha256(body).hexdigest() != end[1].decode():
        raise ValueError("the hash does not fit the record: the line was changed")
    record = json.loads(line)
    stated = record.pop("hash")
    text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if text.encode() != body:
        raise ValueError("the record is not canonical JSON")
    return record, stated


class Chain:
    def __init__(self, trail, name):
        self.name, self.records, self.kinds, self.open, self.hashes = name, 0, {}, {}, {}
        self.links, self.ends, self.bad, self.void, self.past = [], [], None, 0, False
        self.seq, self.prev, self.time, self.last, self.began = 0, "0" * 64, "", "", ""
        self.end = (f"{name}/000001.jsonl", 1)
        files = sorted(f for f in os.listdir(os.path.join(trail, name)) if f.endswith(".jsonl"))
        known = [f for f in files if re.fullmatch(r"[0-9]{6,}\.jsonl", f) and int(f[:-6])]
        data = [open(os.path.join(trail, name, f), "rb").read() for f in known]
        for i, (file, content) in enumerate(zip(known, data)):
            if file != f"{i + 1:06}.jsonl":
                self.fail((f"{name}/{i + 1:06}.jsonl", 1), "the segment is missing")
            if self.bad:
                break
            gap = i + 1 < len(data) and known[i + 1] != f"{i + 2:06}.jsonl"
            self.segment(file, content, data[i + 1] if i + 1 < len(data) else None, i + 2 == len(data), gap)
        strange = [f for f in files if f not in known]
        if strange:
            self.fail((f"{name}/{strange[0]}", 1), "not a segment's name")

    def fail(self, place, why):
        self.bad = self.bad or {"file": place[0], "line": place[1], "why": str(why)}

    def segment(self, file, data, following, following_is_last, broken):
        head, newline, _ = (following or b"").partition(b"\n")
        may_be_torn = not broken and (following is None or (not newline and following_is_last))
        if newline and not broken:
            try:
                record = unseal(head)[0]
                if record["kind"] == "resume" and record["poisoned"] == file:
                    good = record["good_bytes"]
                    if len(data) < good:
                        return self.fail((f"{self.name}/{file}", 1 + data.count(b"\n")), "the segment ends early")
                    self.void += len(data) - good
                    data = data[:good]
            except (ValueError, KeyError):
                broken = True
        number, self.end = 1, (f"{self.name}/{file}", 1)
        while data:
            line, newline, rest = data.partition(b"\n")
            try:
                if not newline:
                    raise ValueError("the last line is not a record and was not cut off in writing")
                self.record(line, self.end)
            except (ValueError, KeyError) as why:
                sealed = SEAL.search(data)
                torn = not (sealed and len(data) > sealed.end()) if b"\n" not in data else bytes(512) in data
                if not (may_be_torn and torn) and not (broken and b"\n" not in data):
                    self.fail(self.end, why)
                return
            data, number = rest, number + 1
            self.end = (f"{self.name}/{file}", number)

    def record(self, line, place):
        record, stated = unseal(line)
        kind, first = record["kind"], self.seq == 0
        if record["v"] != 1 or record["seq"] != self.seq + 1 or record["prev"] != self.prev:
            raise ValueError("the record does not follow the one before it")
        if not TIME.fullmatch(record["time"]) or record["time"] < self.time or self.last == "stop":
            raise ValueError("time goes back, or the chain goes on after its stop")
        if (kind == "start") != first or (first and record["instance"] != self.name):
            raise ValueError("not the start of this chain")
        if first:
            self.links, self.began = record["previous"], record["time"]
        attempt = (record.get("call"), record.get("attempt"))
        if kind == "intent":
            if attempt in self.open:
                self.open[attempt] = place
                raise ValueError("the attempt begins twice")
            self.open[attempt] = place
        elif kind in ("complete", "abort") and not self.open.pop(attempt, None):
            raise ValueError("an ending without an open intent")
        elif kind == "interrupted":
            self.ends.append((record["instance"], attempt, place))
        self.seq, self.prev, self.time, self.last = record["seq"], stated, record["time"], kind
        self.hashes[self.seq] = (stated, place)
        self.records += 1
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        self.past = self.past or kind not in ("start", "interrupted", "resume")


def verify(trail):
    names = [n for n in os.listdir(trail) if os.path.isdir(os.path.join(trail, n))]
    names = [n for n in names if any(f == "lock" or f.endswith(".jsonl") for f in os.listdir(os.path.join(trail, n)))]
    chains = sorted((Chain(trail, n) for n in names), key=lambda c: (c.began, c.name))
    by_name = {c.name: c for c in chains}
    for i, chain in enumerate(c for c in chains if c.records):
        if i and not chain.links:
            chain.fail((f"{chain.name}/000001.jsonl", 1), "the chain links to none before it")
        for link in chain.links:
            of = by_name.get(link["instance"])
            if not of:
                chain.fail((f"{chain.name}/000001.jsonl", 1), f"{link['instance']} is missing")
            elif of.seq < link["seq"]:
                of.fail(of.end, f"the chain ends with record {of.seq}, but {chain.name} links to its record {link['seq']}")
            elif of.hashes[link["seq"]][0] != link["hash"]:
                of.fail(of.hashes[link["seq"]][1], f"{chain.name} links to this record with another hash")
            elif not link["live"] and of.seq > link["seq"]:
                of.fail(of.end, f"the chain goes on after {chain.name} took it over")
    for chain in chains:
        for name, attempt, place in chain.ends:
            of = by_name.get(name)
            if not (of and (of.open.pop(attempt, None) or of.bad)):
                chain.fail(place, "an ending without an open intent")
    for chain in chains:
        for of in (by_name.get(link["instance"]) for link in chain.links if chain.past and not link["live"]):
            if of and of.open:
                of.fail(min(of.open.values()), "an attempt has no ending, though the chain was taken over")
    report = {"ok": False, "records": 0, "kinds": {}, "checkpoints": 0, "first_bad": None, "chains": len(chains), "open": 0, "void_bytes": 0}
    for chain in chains:
        report["records"] += chain.records
        report["open"] += len(chain.open)
        report["void_bytes"] += chain.void
        report["first_bad"] = report["first_bad"] or chain.bad
        for kind, count in chain.kinds.items():
            report["kinds"][kind] = report["kinds"].get(kind, 0) + count
    if not chains:
        report["first_bad"] = {"file": trail, "line": 0, "why": "no audit trail is here"}
    report["ok"] = report["first_bad"] is None
    return report


if __name__ == "__main__":
    folder = sys.argv[1]
    if os.path.isdir(os.path.join(folder, "audit")):
        folder = os.path.join(folder, "audit")
    result = verify(folder)
    print(json.dumps(result, sort_keys=True))
    sys.exit(0 if result["ok"] else 1)
