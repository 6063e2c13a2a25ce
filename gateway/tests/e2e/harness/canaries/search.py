"""How a value is looked for: as it is, and behind the usual encodings."""

import base64
import re
from collections import defaultdict
from urllib.parse import unquote_to_bytes

ESCAPE = re.compile(rb"\\u00([0-9a-fA-F]{2})")
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}")
NOISE = re.compile(rb"[^0-9a-z@]+")
# Digests, identities and moments: thousands of them in a trail, in which the nine digits of some value stand by chance.
DIGEST = rb"[0-9a-f]{64}|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
MOMENT = rb"\d{4}-\d\d-\d\dt\d\d:\d\d:\d\d\.\d+z"
CHANCE = re.compile(rb"\b(?:%s|%s)\b" % (DIGEST, MOMENT))


def from_base64(raw: bytes) -> bytes:
    """All runs of base64 in it, decoded from each of the four places where the first may begin."""
    found = []
    for run in BASE64.findall(raw):
        run = run.replace(b"-", b"+").replace(b"_", b"/")
        for start in range(4):
            piece = run[start:] if (len(run) - start) % 4 != 1 else run[start:-1]
            found.append(base64.b64decode(piece + b"=" * (-len(piece) % 4)))
    return b"\n".join(found)


def unescaped(raw: bytes) -> bytes:
    return ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), raw).replace(b"\\/", b"/")


def readings(raw: bytes) -> list[bytes]:
    """The bytes as they are, and as one reads them who undoes an encoding, or two."""
    plain = [raw]
    for undo in (unescaped, unquote_to_bytes):
        plain += [undone for one in plain if (undone := undo(one)) != one]
    decoded = [from_base64(one) for one in plain]
    return plain + decoded + [undone for one in decoded if (undone := unescaped(one)) != one]


def compact(raw: bytes) -> bytes:
    """Without case, without what no value is in but by chance, and without whatever may part the characters of a value."""
    return NOISE.sub(b"", CHANCE.sub(b" ", raw.lower()))


def needle(value) -> bytes:
    """What to look for: of a number with its name before it the number alone."""
    return compact(str(value).removeprefix("NHS number ").encode())


def found_in(raw: bytes, needles: dict[bytes, str]) -> set[str]:
    """Which of the needles stand in it, by their names."""
    if len(needles) == 1:
        ((wanted, name),) = needles.items()
        return {name for one in readings(raw) if wanted in compact(one)}
    beginnings = defaultdict(list)
    for one in needles:
        beginnings[one[:9]].append(one)
    found = set()
    for text in map(compact, readings(raw)):
        for at in range(len(text) - 8):
            for one in beginnings.get(text[at : at + 9], ()):
                if text.startswith(one, at):
                    found.add(needles[one])
    return found
