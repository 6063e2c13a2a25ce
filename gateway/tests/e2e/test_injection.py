"""What the signatures stop of known attacks, and of what nobody meant as one, sent through a gateway that blocks."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

from harness.evaluate import json_lines, labelled
from harness.repeat import Repeat
from harness.world import changed, guarded, shadow

# The most that may be stopped of texts that are no attacks.
MOST = {"benign": 0.01, "benign-hard": 0.05, "benign-document": 0.05}
# The least that is stopped of attacks; docs/policies.md says what was found on texts that the signatures were not written on.
LEAST = {"direct": 0.45, "indirect": 0.65, "jailbreak": 0.85, "jailbreak-in-the-wild": 0.85, "system-prompt-extraction": 0.6}


def blocking(text: str) -> str:
    """data.yaml with the signatures alone acting."""
    return shadow(changed(text, "guards: []", "guards: [{name: injection, kind: signatures, on: [requests], action: block}]"))


def test_attacks_are_stopped_and_others_are_not(tmp_path):
    rows = json_lines(labelled("injection/injection.jsonl"))
    provider = Repeat()
    gateway = guarded(tmp_path, provider.url, blocking, limits_yaml="version: 1\n")
    stopped, asked = defaultdict(int), defaultdict(int)
    with gateway.http(headers={"authorization": f"Bearer {gateway.key}"}) as http, ThreadPoolExecutor(4) as threads:

        def ask(row: dict) -> tuple[str, bool]:
            body = {"model": "up/m", "messages": [{"role": "user", "content": row["text"]}]}
            answer = http.post("/v1/chat/completions", json=body)
            blocked = answer.status_code == 403 and answer.headers["x-marshal-code"] == "guard_blocked"
            assert blocked or answer.status_code == 200, answer.text
            return row["category"], blocked

        for category, blocked in threads.map(ask, rows):
            asked[category] += 1
            stopped[category] += blocked
    gateway.end()
    provider.end()
    shares = {category: stopped[category] / asked[category] for category in asked}
    for category, share in sorted(shares.items()):
        print(f"{category}: {stopped[category]} of {asked[category]}, {share:.1%}")
    assert len(provider.seen) == len(rows) - sum(stopped.values())
    assert set(shares) == {*MOST, *LEAST}
    assert not {category: share for category, share in shares.items() if share > MOST.get(category, 1)}
    assert not {category: share for category, share in shares.items() if share < LEAST.get(category, 0)}
