#!/usr/bin/env python3
"""A second verifier of Marshal's audit trail, with the Python standard library alone.

verify.py DIR [--key BASE64]... [--checkpoint FILE]... checks a data folder, its `audit` folder, or a copy of one;
verify.py --proof FILE --key BASE64 checks one record's .tlog-proof. Prints a report as JSON; exit code 0 if nothing is wrong,
1 if something is. Format and rules: src/lib.rs beside this file."""
import argparse, base64, datetime, functools, hashlib, json, os, re, sys
SEAL = re.compile(rb',"hash":"([0-9a-f]{64})"}')
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # Ed25519, RFC 8032
D = -121665 * pow(121666, -1, P) % P
def add(p, q):
    a, b, c, d = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0]), 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P
def times(n, p):
    q = (0, 1, 1, 0)
    while n:
        q, p, n = add(q, p) if n & 1 else q, add(p, p), n >> 1
    return q
def point(data):
    square = ((y := int.from_bytes(data, "little") % 2**255) ** 2 - 1) * pow(D * y * y + 1, -1, P) % P
    for x in (pow(square, (P + 3) // 8, P) * pow(2, n * (P - 1) // 4, P) % P for n in (0, 1)):
        if (x * x - square) % P == 0 and y < P:
            x = P - x if x & 1 != data[31] >> 7 else x
            return x, y, 1, x * y % P
    raise ValueError("not a point of the curve")
def signed(key, text, signature):
    s, k = int.from_bytes(signature[32:], "little"), hashlib.sha512(signature[:32] + key + text).digest()
    p, q = times(s, point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))), times(int.from_bytes(k, "little") % L, point(key))
    q = add(point(signature[:32]), q)
    return len(signature) == 64 and s < L and (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0
def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()
def root(peaks):
    return functools.reduce(lambda top, left: sha(b"\1", left[1], top), peaks[-2::-1], peaks[-1][1]) if peaks else sha()
def head(note, key):
    """Origin, size and root of a checkpoint; with a key only if its log signed it so."""
    text, _, lines = note.rpartition("\n\n")
    origin, size, top = (text + "\n").split("\n")[:3]
    signatures = [(n, base64.b64decode(s)) for n, s in re.findall("^\u2014 (\\S+) (\\S+)$", lines, re.M)]
    own = [s[4:] for n, s in signatures if n == origin and s[:4] == sha(n.encode(), b"\n\1", key or b"")[:4]]
    if key and (len(own) != 1 or not signed(key, (text + "\n").encode(), own[0])):
        raise ValueError("the checkpoint's signature does not fit the key")
    return origin, int(size), base64.b64decode(top)
def unseal(line):
    end, body = SEAL.fullmatch(line[-75:]), line[:-75] + b"}"
    if not end or hashlib.sha256(body).hexdigest() != end[1].decode():
        raise ValueError("the line does not end with its hash: it was changed")
    stated = (record := json.loads(line, parse_float=str, parse_constant=str)).pop("hash")
    if json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() != body:
        raise ValueError("the record is not canonical JSON")
    return record, stated
class Chain:
    def __init__(self, trail, name, sizes):
        self.name, self.sizes, self.records, self.kinds, self.open, self.hashes = name, sizes, 0, {}, {}, {}
        self.start, self.links, self.ends, self.bad, self.void, self.past = (f"{name}/000001.jsonl", 1), [], [], None, 0, False
        self.peaks, self.vkey, self.checkpoints, self.unsigned, self.roots, self.first = [], None, 0, 0, {0: sha()}, None
        self.seq, self.prev, self.time, self.last, self.began, self.end = 0, "0" * 64, "", "", "", (f"{name}/000001.jsonl", 1)
        files = sorted(f for f in os.listdir(os.path.join(trail, name)) if f.endswith(".jsonl"))
        known = [f for f in files if re.fullmatch(r"[0-9]{6,}\.jsonl", f) and int(f[:-6])]
        data = [open(os.path.join(trail, name, f), "rb").read() for f in known] + [None]
        for i, file in enumerate(known):
            if file != f"{i + 1:06}.jsonl":
                self.fail((f"{name}/{i + 1:06}.jsonl", 1), "the segment is missing")
            gap = i + 1 < len(known) and known[i + 1] != f"{i + 2:06}.jsonl"
            self.bad or self.segment(file, data[i], data[i + 1], i + 2 == len(known), gap)
        [self.fail((f"{name}/{file}", 1), "not a segment's name") for file in files if file not in known]
    def fail(self, place, why):
        self.bad = self.bad or {"file": place[0], "line": place[1], "why": str(why)}
    def segment(self, file, data, following, following_is_last, broken):
        first, newline, _ = (following or b"").partition(b"\n")
        may_be_torn = not broken and (following is None or (not newline and following_is_last))
        if newline and not broken:
            try:
                record = unseal(first)[0]
                good = max(0, int(record["good_bytes"])) if (record["kind"], record.get("poisoned")) == ("resume", file) else len(data)
                if len(data) < good:
                    return self.fail((f"{self.name}/{file}", 1 + data.count(b"\n")), "the segment ends early")
                self.void, data = self.void + len(data) - good, data[:good]
            except Exception:
                broken = True
        self.end = (f"{self.name}/{file}", 1)
        while data:
            line, newline, rest = data.partition(b"\n")
            try:
                self.record(line if newline else b"", self.end)
            except Exception as why:
                sealed = SEAL.search(data)
                torn = not (sealed and len(data) > sealed.end()) if b"\n" not in data else bytes(512) in data
                if not (may_be_torn and torn) and not (broken and b"\n" not in data):
                    self.fail(self.end, why)
                return
            data, self.end = rest, (self.end[0], self.end[1] + 1)
    def record(self, line, place):
        record, stated = unseal(line)
        kind, first, attempt = record["kind"], self.seq == 0, (record.get("call"), record.get("attempt"))
        if (repr(record["v"]), repr(record["seq"]), record["prev"]) != ("1", str(self.seq + 1), self.prev) or (kind in ("intent", "complete", "abort", "interrupted") and None in attempt) or \
                not TIME.fullmatch(record["time"]) or record["time"] < self.time or (self.last == "stop" and kind != "checkpoint") or \
                (kind == "start") != first or (first and record["instance"] != self.name):
            raise ValueError("the record does not follow the one before it")
        if first:
            self.links, self.began = record["previous"], record["time"]
            origin, _, key = record.get("vkey", "++").split("+", 2)
            self.vkey = (origin, base64.b64decode(key)[1:]) if key else None
        if kind == "checkpoint":
            if not self.vkey or head(record["note"], self.vkey[1]) != (self.vkey[0], self.seq, root(self.peaks)):
                raise ValueError("the checkpoint signs other records than those before it")
            self.checkpoints, self.unsigned = self.checkpoints + 1, -1
        if kind == "intent" and self.open.setdefault(attempt, place) != place:
            raise ValueError("the attempt begins twice")
        if kind in ("complete", "abort") and not self.open.pop(attempt, None):
            raise ValueError("an ending without an open intent")
        self.ends += [(record["instance"], attempt, place)] if kind == "interrupted" else []
        self.seq, self.prev, self.time, self.last = record["seq"], stated, record["time"], "stop" if self.last == "stop" else kind
        self.peaks.append((1, sha(b"\0", line)))
        while len(self.peaks) > 1 and self.peaks[-1][0] == self.peaks[-2][0]:
            (n, right), (_, left) = self.peaks.pop(), self.peaks.pop()
            self.peaks.append((2 * n, sha(b"\1", left, right)))
        self.roots.update({self.seq: root(self.peaks)} if self.seq in self.sizes else {})
        self.hashes[self.seq] = (stated, place)
        self.first = self.first if self.unsigned > 0 else (place, record["time"])
        self.unsigned, self.records, self.kinds[kind] = self.unsigned + bool(self.vkey), self.seq, self.kinds.get(kind, 0) + 1
        self.past = self.past or kind not in ("start", "interrupted", "resume", "checkpoint")
def in_order(left):
    """Chains, each after those that it links; by time where links do not say."""
    while left := sorted(left, key=lambda c: (c.began, c.name)):
        names = {c.name for c in left}
        yield left.pop(next((i for i, c in enumerate(left) if not any(link["instance"] in names for link in c.links)), 0))
def verify(trail, keys, kept):
    listed = {n: os.listdir(os.path.join(trail, n)) for n in os.listdir(trail) if os.path.isdir(os.path.join(trail, n))}
    names = sorted((n for n, files in listed.items() if any(f == "lock" or f.endswith(".jsonl") for f in files)), key=lambda n: "000001.jsonl" in listed[n])
    chains = list(in_order([Chain(trail, n, {size for origin, size, _ in kept if origin.split("/")[-1] == n}) for n in names]))
    by_name, lost, began = {c.name: c for c in chains}, None, False
    for i, chain in enumerate(c for c in chains if c.records):
        if (chain.vkey[0].split("/")[-1] != chain.name or (keys and chain.vkey[1] not in keys)) if chain.vkey else (
                began or (keys and not any(c.vkey for c in chains))):
            chain.fail(chain.start, "the chain is not signed by a key that is trusted here")
        began, when = began or bool(chain.vkey), lambda time: datetime.datetime.fromisoformat(time[:-1])
        if chain.unsigned > 0 and (chain.past and not chain.checkpoints or chain.unsigned > 70000 or (when(chain.time) - when(chain.first[1])).total_seconds() > 60):
            chain.fail(chain.first[0], "no checkpoint covers this record and those after it, though the chain is signed")
        if i and not chain.links:
            chain.fail(chain.start, "the chain links to none before it")
        for link in chain.links:
            of = by_name.get(link["instance"])
            stated, place = of.hashes.get(link["seq"], ("", of.end)) if of else ("", chain.start)
            if stated != link["hash"]:
                (of or chain).fail(place, f"not the record or the chain that {chain.name} links to")
            elif not link["live"] and of.seq > link["seq"]:
                of.fail(of.end, f"the chain does not end where {chain.name} took it over")
    for chain, (name, attempt, place) in [(c, end) for c in chains for end in c.ends]:
        if not (name in by_name and (by_name[name].open.pop(attempt, None) or by_name[name].bad)):
            chain.fail(place, "an ending without an open intent")
    for of in [by_name.get(link["instance"]) for c in chains for link in c.links if c.past and not link["live"]]:
        if of and of.open:
            of.fail(min(of.open.values()), "an attempt has no ending, though the chain was taken over")
    for origin, size, top in kept:
        name = origin.split("/")[-1]
        if name not in by_name:
            lost = {"file": name, "line": 0, "why": "the chain of a kept checkpoint is missing"}
        elif (chain := by_name[name]).roots.get(size) != top:
            chain.fail(chain.end if size > chain.seq else chain.start, "not what a kept checkpoint signs")
    linked, clean = {link["instance"] for c in chains for link in c.links}, not lost and not any(c.bad for c in chains)
    ends = sorted((c for c in chains if c.records and c.name not in linked), key=lambda c: c.checkpoints > 0)
    [chain.fail(chain.start, "no later chain links this one, though it is not the newest") for chain in ends[:-1] if clean]
    lost, total = lost if any(c.records or c.bad for c in chains) else {"file": trail, "line": 0, "why": "no audit trail is here"}, lambda of: sum(map(of, chains))
    bad = next((b for b in [lost] + [c.bad for c in chains] if b), None)
    return {"ok": bad is None, "first_bad": bad, "chains": len(chains), "records": total(lambda c: c.records),
            "kinds": {k: total(lambda c: c.kinds.get(k, 0)) for c in chains for k in c.kinds},
            "checkpoints": total(lambda c: c.checkpoints), "open": total(lambda c: len(c.open)),
            "void_bytes": total(lambda c: c.void), "unsigned": total(lambda c: c.unsigned),
            "keys": list(dict.fromkeys(base64.b64encode(c.vkey[1]).decode() for c in chains if c.vkey))}
def prove(text, key):
    """The record that a .tlog-proof shows to stand in the signed tree."""
    before, _, note = text.partition("\n\n")
    name, extra, index, *hashes = before.split("\n")
    record, at = base64.b64decode(extra.removeprefix("extra ")), int(index.removeprefix("index "))
    node, (_, size, top) = sha(b"\0", record), head(note, key)
    last, inside = size - 1, at < size
    for part in map(base64.b64decode, hashes):
        left = at & 1 or at == last
        while left and at and not at & 1:
            at, last = at >> 1, last >> 1
        node, at, last = sha(b"\1", part, node) if left else sha(b"\1", node, part), at >> 1, last >> 1
    return {"ok": name == "c2sp.org/tlog-proof@v1" and inside and not last and node == top, "record": json.loads(record)}

if __name__ == "__main__":
    args, read = argparse.ArgumentParser(description=__doc__), lambda path: open(path, encoding="utf-8").read()
    [args.add_argument(name, nargs="?") for name in ("dir", "--proof")]
    [args.add_argument(name, action="append", default=[]) for name in ("--key", "--checkpoint")]
    args = args.parse_args()
    try:
        keys = [base64.b64decode(key) for key in args.key]
        result = prove(read(args.proof), keys[0]) if args.proof else verify(
            nested if os.path.isdir(nested := os.path.join(args.dir or "", "audit")) else args.dir, keys, [head(read(path), None) for path in args.checkpoint])
    except (ValueError, IndexError, TypeError, OSError) as why:
        result = {"ok": False, "why": str(why)}
    print(json.dumps(result, sort_keys=True))
    sys.exit(0 if result["ok"] else 1)
