"""The cells: which kinds of values are tried in which place."""

import os
import random
import re
import zlib
from dataclasses import dataclass

from .place import Place
from .surfaces import PLACES
from .values import KINDS, TEXTS

THOROUGH = bool(os.environ.get("MARSHAL_E2E_THOROUGH"))


@dataclass(frozen=True)
class Cell:
    place: Place
    stream: bool
    kind: str

    @property
    def identity(self) -> str:
        return f"{self.place.door}-{self.place.name}-{'streamed' if self.stream else 'whole'}-{self.kind}".replace(" ", "_")

    def value(self):
        """Its own value, the same in every run."""
        return KINDS[self.kind](random.Random(self.identity))


def chosen(place: Place, stream: bool) -> list[str]:
    """The kinds of text for one place: a few that its name says, streamed another one than whole; all where spelling decides."""
    by_name = sorted(TEXTS, key=lambda kind: zlib.crc32(f"{place.door} {place.name} {kind}".encode()))
    if THOROUGH or place.tries is None:
        return by_name
    return by_name[place.tries :][:1] if stream else by_name[: place.tries]


def kinds(place: Place, stream: bool) -> list[str]:
    """Those; a number where one may stand; and for a name a value that could be one."""
    numbers = ["number"] if place.numbers and (THOROUGH or not stream) else []
    names = ["github-token"] if re.search("name|property|bias", place.name) else []
    return list(dict.fromkeys([*chosen(place, stream), *numbers, *names]))


CELLS = [Cell(place, stream, kind) for place in PLACES for stream in place.streams for kind in kinds(place, stream)]
