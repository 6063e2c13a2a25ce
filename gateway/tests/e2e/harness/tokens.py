"""Tokens that carry their own check sum."""

import random
import zlib

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LETTERS = BASE62[10:]


def github_token(draw: random.Random, alphabet: str = BASE62) -> str:
    """A token of GitHub's; `alphabet` is what its body is made of, but for the check sum."""
    body = "".join(draw.choices(alphabet, k=30))
    number, check = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, rest = divmod(number, 62)
        check = BASE62[rest] + check
    return f"ghp_{body}{check}"
