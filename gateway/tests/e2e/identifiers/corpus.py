"""Labelled texts: for each kind values in sentences, forms, code and logs, and as many texts that hold none.

A row is what `marshal redact --evaluate` reads: `id`, `text`, `spans` in characters, `looked_for`. A text without a value
says in `why` what stands there instead.
"""

import datetime
import hashlib
import random
import uuid
from collections.abc import Iterator

from . import oracle
from .spec import KINDS

# Kinds that are no identifiers, and the words for them.
OTHERS = {
    "EMAIL_ADDRESS": ["e-mail", "email", "contact", "correo"],
    "PHONE_NUMBER": ["phone", "tel.", "mobile", "Telefon", "téléphone"],
    "IP_ADDRESS": ["IP", "client address", "host", "remote_addr"],
    "URL": ["website", "link", "homepage", "see"],
}
EVERY = [*KINDS, *OTHERS]

# Kinds with a table of places that nobody looks up but python-stdnum: only another check digit makes a value wrong.
BY_PLACE = {"AT_TIN", "NZ_BANK", "UK_UPN"}

FIRST = "Anna Jonas Maria Luca Sofia Pavel Ingrid Tomás Aylin Kenji Wei Priya Fatima Olu Chloé Mateusz".split()
LAST = "Schmidt Rossi García Novák Larsen Yılmaz Tanaka Chen Sharma Okafor Dubois Kowalski Silva Brown".split()

# %w is the word, %v the value, %n a name, %d a date, %i a small number, %t the word as a name in code.
TEXTS = [
    "%w: %v",
    "%w %v",
    "My %w is %v.",
    "Please update the %w of %n to %v before %d.",
    "%n, %w %v, signed on %d.",
    "Hello,\n\nmy %w is %v and I would like to change my address.\n\nRegards\n%n",
    '{"name": "%n", "%w": "%v", "active": true}',
    '{"customer": {"%w": "%v"}, "count": %i}',
    "name,%w,date\n%n,%v,%d",
    "%n;%w;%v;%d",
    "| Name | %w |\n|---|---|\n| %n | %v |",
    '%w = "%v"',
    "%w='%v'",
    "- %w: %v\n- Name: %n\n- Date: %d",
    "%dT10:%i:07Z INFO lookup %w=%v user=%i",
    '[%d 08:%i:11] WARN %w "%v" not found',
    'const value = "%v"; // %w of %n',
    "record = {'%w': '%v', 'id': %i}",
    "<%t>%v</%t> <!-- %w -->",
    "INSERT INTO person (name, code) VALUES ('%n', '%v'); -- %w",
    "The %w (%v) belongs to %n.",
    "Can you check whether %v is a valid %w?",
    "%n gave us the following %w:\n%v",
    "Attached the form. %w: %v, phone to follow.",
    "Q: What is your %w?\nA: %v",
    "> %w: %v\n\nthanks, got it",
    "Subject: %w %v\n\nDear %n, see above.",
    "%w\t%v\t%n",
    "**%w:** `%v`",
    "%w no. %v (%n, %d)",
    "curl -d '{\"%w\":\"%v\"}' /api/people/%i",
    "export CUSTOMER_CODE=%v  # %w",
]
# Without a word that would say what the value is.
BARE = [
    "The value is %v.",
    "Order %v shipped on %d.",
    "row %i: %v",
    '{"id": "%v", "qty": %i}',
    "%d 10:%i:55 DEBUG processed %v in %i ms",
    "ref %v, %n",
    "Ticket %v was closed by %n.",
]


def filled(template: str, word: str, value: str, draw: random.Random) -> tuple[str, int]:
    """A text, and where the value stands in it."""
    day = datetime.date(2019, 1, 1) + datetime.timedelta(draw.randrange(2_400))
    parts = {
        "%w": word,
        "%n": f"{draw.choice(FIRST)} {draw.choice(LAST)}",
        "%d": day.isoformat(),
        "%i": str(draw.randint(10, 59)),
        "%t": "".join(filter(str.isalnum, word)) or "v",
    }
    for sign, part in parts.items():
        template = template.replace(sign, part)
    at = template.index("%v")
    return template.replace("%v", value), at


def written(name: str, value: str, draw: random.Random) -> str:
    """A value as people write it: mostly in the usual way, now and then in small letters."""
    writings = [writing for writing in KINDS[name].writings if writing == "" or writing.count("X") == len(value)] or [""]
    writing = writings[0] if draw.random() < 0.6 else draw.choice(writings)
    signs = iter(value)
    text = "".join(next(signs) if sign == "X" else sign for sign in writing) or value
    small = name not in ("CRYPTO", "BIC") and draw.random() < 0.05
    return text.lower() if small else text


def address(draw: random.Random) -> str:
    numbers = [draw.randint(1, 65_535) for _ in range(7)]
    return draw.choice(
        [
            f"{draw.choice((10, 192, 172, 8, 81, 203))}.{draw.randint(0, 255)}.{draw.randint(0, 255)}.{draw.randint(1, 254)}",
            "2001:db8:{:x}:{:x}::{:x}".format(*numbers),
            "fe80::{:x}:{:x}:{:x}:{:x}".format(*numbers),
            "2a02:{:x}:{:x}:{:x}:{:x}:{:x}:{:x}:{:x}".format(*numbers),
        ]
    )


PHONES = [
    "+49 30 #######",
    "+49 171 #######",
    "+1 (212) 2##-####",
    "+1 (415) 2##-####",
    "+44 20 7### ####",
    "+33 1 4# 5# 6# 7#",
    "+81-3-5###-####",
    "+55 11 97###-####",
    "+48 6## ### ###",
    "+39 02 4######",
    "+91 98### #####",
]


def phone(draw: random.Random) -> str:
    return "".join(draw.choice("0123456789") if sign == "#" else sign for sign in draw.choice(PHONES))


def mail(draw: random.Random) -> str:
    first = draw.choice([name for name in FIRST if name.isascii()]).lower()
    host = draw.choice(("example.com", "mail.example.org", "firma.de", "corp.co.uk", "xn--bcher-kva.example"))
    return f"{first}{draw.choice(('.', '_', '', '+'))}{draw.choice('abcdefgh')}{draw.randint(1, 99)}@{host}"


def link(draw: random.Random) -> str:
    path = draw.choice(("", f"/a/{draw.randint(1, 999)}", f"/login?user={draw.randint(1, 99)}", "/docs/x.html#top"))
    return draw.choice(("https://", "http://", "https://www.")) + draw.choice(("example.com", "shop.example.org", "intranet.firma.de")) + path


MADE = {"EMAIL_ADDRESS": mail, "PHONE_NUMBER": phone, "IP_ADDRESS": address, "URL": link}


def no_such(name: str, draw: random.Random) -> str:
    """What looks like a value and is none."""
    small, number = draw.randint(1, 9), draw.randint(10_000, 99_999)
    return draw.choice(
        {
            "EMAIL_ADDRESS": ["name@", "@param", "user at example", "a@b", f"lodash@4.17.{small}", f"@types/node@18.{small}", f"git@{small}"],
            "PHONE_NUMBER": [
                f"2024-0{small}-1{small} 1{small}:2{small}",
                f"12,3{number // 1000},0{number // 1000}.00",
                f"{number}0/{small}",
                f"1.{small}.{small}.{number}-rc1",
                f"{number} ms",
            ],
            "IP_ADDRESS": [f"{256 + number % 700}.{small}.{small}.1", f"1.2.{number % 99}", f"10:{number % 50 + 10}:55", "2001::25de::cade", f"1.2.3.{small}.{small}"],
            "URL": ["file.txt", "std::vec", "e.g. this", "a.b.c()", "example dot com", f"v1.{small}"],
        }[name]
    )


def noise(length: int, draw: random.Random) -> tuple[str, str, str]:
    """What it is, the word for it and the value: something else of about the same look."""
    digest = hashlib.sha256(draw.randbytes(8)).hexdigest()
    moment = datetime.datetime(2020, 1, 1) + datetime.timedelta(seconds=draw.randrange(200_000_000))
    amount = f"{draw.randint(1_000, 99_999_999):,}.{draw.randint(0, 99):02}"
    return draw.choice(
        [
            ("order", "order", f"ORD-{draw.randint(2019, 2026)}-{draw.randrange(100_000):05}"),
            ("time", "created", str(draw.randint(1_500_000_000, 1_790_000_000))),
            ("time", "updated_at", str(draw.randint(1_500_000_000_000, 1_790_000_000_000))),
            ("time", "at", moment.strftime(draw.choice(("%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%SZ", "%d.%m.%Y %H:%M", "%y%m%d-%H%M")))),
            ("digest", "commit", digest[: draw.choice((8, 12, 16, 32, 40, 64))]),
            ("unique id", "trace id", str(uuid.UUID(bytes=draw.randbytes(16), version=4))),
            ("version", "version", f"{draw.randint(0, 20)}.{draw.randint(0, 40)}.{draw.randint(0, 99)}+{draw.randint(1_000, 99_999)}"),
            ("amount", "total", draw.choice((f"€ {amount}", f"${amount}", f"{amount} PLN"))),
            ("part number", "part", f"{''.join(draw.choices('ABCDEFGHKLMN', k=2))}-{draw.randrange(10_000):04}-{''.join(draw.choices('XYZ123', k=3))}"),
            ("fraction", "score", f"0.{''.join(draw.choices('0123456789', k=max(6, length)))}"),
            ("longer number", "seq", "".join(draw.choices("123456789", k=length + draw.choice((6, 9, 15))))),
            ("name in code", "key", f"{draw.choice(('node', 'item', 'idx', 'build'))}_{draw.randrange(10_000_000)}_{digest[:6]}"),
        ]
    )


def wrong(name: str, draw: random.Random) -> str | None:
    """Nearly a value, which its check characters tell: `None` where none of forty is wrong."""
    for _ in range(40):
        value = oracle.right(name, draw)
        other = value[:-1] + oracle.another(value[-1], draw) if name in BY_PLACE else oracle.near(value, draw)
        if name == "NZ_BANK":
            other = value[:12] + oracle.another(value[12], draw) + value[13:]
        # What a template could not have made may be right all the same.
        if not oracle.valid(name, other) and not oracle.keeps_the_rule(name, other):
            return other
    return None


def without(name: str, at: int, draw: random.Random) -> tuple[str, str]:
    """Why there is none, and a text without a value."""
    if name in OTHERS:
        word, value = draw.choice(OTHERS[name]), no_such(name, draw)
        why = "none"
        if at % 2:
            why, word, value = noise(10, draw)
        return why, filled(draw.choice(TEXTS), word, value, draw)[0]
    kind = KINDS[name]
    if at % 2 == 0 and kind.checked and (value := wrong(name, draw)):
        return "wrong check", filled(draw.choice(TEXTS), draw.choice(kind.words), written(name, value, draw), draw)[0]
    value = oracle.right(name, draw)
    if at % 4 == 1 and kind.needs_word and value.isdigit():
        return "no word", filled(draw.choice(BARE), "", value, draw)[0]
    why, word, value = noise(len(value), draw)
    return why, filled(draw.choice(TEXTS), word, value, draw)[0]


def of_kind(name: str, each: int, seed: int) -> list[dict]:
    """The rows of one kind: so many with a value, and so many without."""
    draw = random.Random(f"{seed}:{name}")
    words, rows = OTHERS.get(name) or KINDS[name].words, []
    for at in range(each):
        value = MADE[name](draw) if name in OTHERS else written(name, oracle.right(name, draw), draw)
        word = words[0] if draw.random() < 0.5 else draw.choice(words)
        text, start = filled(TEXTS[at % len(TEXTS)], word, value, draw)
        rows.append({"text": text, "spans": [{"start": start, "end": start + len(value), "type": name}], "looked_for": name})
    for at in range(each):
        why, text = without(name, at, draw)
        rows.append({"text": text, "spans": [], "looked_for": name, "why": why})
    return [{"id": f"{name}-{at}", **row} for at, row in enumerate(rows)]


def rows(each: int, seed: int) -> Iterator[dict]:
    """The rows of all kinds."""
    for name in EVERY:
        yield from of_kind(name, each, seed)
