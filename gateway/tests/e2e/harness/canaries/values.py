"""The kinds of values, and one of each, made by chance: what an issuer could have given out."""

import random
from collections.abc import Callable

from ..tokens import LETTERS, github_token


def digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def card(chance: random.Random) -> str:
    body = "4539" + digits(chance, 11)
    doubled = [int(one) * (2 - at % 2) for at, one in enumerate(body)]
    return body + str(-sum(one // 10 + one % 10 for one in doubled) % 10)


def dashed(chance: random.Random) -> str:
    whole = card(chance)
    return "-".join(whole[at : at + 4] for at in range(0, 16, 4))


def iban(chance: random.Random) -> str:
    account = "37040044" + digits(chance, 10)
    return f"DE{98 - int(account + '131400') % 97:02}{account}"


def ssn(chance: random.Random) -> str:
    return f"{chance.randint(101, 665)}-{chance.randint(11, 98)}-{chance.randint(1001, 9998)}"


def nhs(chance: random.Random) -> str:
    while True:
        body = chance.choice("467") + digits(chance, 8)
        check = -sum(int(one) * (10 - at) for at, one in enumerate(body)) % 11
        if check < 10:
            return f"NHS number {body[:3]} {body[3:6]} {body[6:]}{check}"


def github(chance: random.Random) -> str:
    """Of few digits, so that it looks like any name of a field."""
    made = github_token(chance, LETTERS)
    return made if sum(map(str.isdigit, made)) < 3 else github(chance)


def phone(chance: random.Random) -> str:
    return f"+1 {chance.choice(['212', '415', '617', '312', '206'])}-{chance.randint(220, 989)}-{digits(chance, 4)}"


def mail(chance: random.Random) -> str:
    return f"mara.{digits(chance, 9)}@northwind-freight.com"

KINDS: dict[str, Callable] = {
    "card": card,
    "dashed-card": dashed,
    "mail": mail,
    "iban": iban,
    "ssn": ssn,
    "nhs": nhs,
    "github-token": github,
    "phone": phone,
    "number": lambda chance: int(card(chance)),
}
TEXTS = tuple(kind for kind in KINDS if kind != "number")
# What the shipped policies mask is not put back.
MASKED = {"github-token"}
