"""Identifiers that are right, and others that nearly are, with python-stdnum's verdict on each.

python-stdnum judges; where it has no module, a rule of the issuer's stands here. Nothing of it is part of Marshal.
"""

import datetime
import functools
import hashlib
import importlib
import itertools
import random
import re
import string
import sys

from stdnum import luhn, numdb, util, verhoeff
from stdnum.iso7064 import mod_97_10

from .spec import KINDS

DIGITS = string.digits
LETTERS = string.ascii_uppercase
BOTH = DIGITS + LETTERS
BASE_58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BECH_32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

MODULES = {name: importlib.import_module(f"stdnum.{kind.module}") for name, kind in KINDS.items() if kind.module}


def cleaned(number: str, unwanted: str = "") -> str:
    """As python-stdnum cleans a number of signs, but at once where it has none: that is half of the time it takes."""
    return number if number.isascii() and number.isalnum() else util.clean(number, unwanted)


for module in [module for name, module in sys.modules.items() if name.startswith("stdnum.") and getattr(module, "clean", None) is util.clean]:
    if module is not util:
        module.clean = cleaned


# --- Rules of issuers whose numbers python-stdnum does not know.


def weighted(value: str, weights) -> int:
    return sum(int(digit) * weight for digit, weight in zip(value, weights))


def cross_sum(value: str, weights) -> int:
    return sum(sum(divmod(int(digit) * weight, 10)) for digit, weight in zip(value, weights))


def is_date(year: int, month: int, day: int) -> bool:
    try:
        return bool(datetime.date(year, month, day))
    except ValueError:
        return False


def in_two_digits(letter: str) -> str:
    return f"{LETTERS.index(letter) + 1:02}"


def vehicle(value: str) -> bool:
    places = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)])) | {digit: int(digit) for digit in DIGITS}
    weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
    return "0123456789X"[sum(places[sign] * weight for sign, weight in zip(value, weights)) % 11] == value[8]


def korean_foreigner(value: str) -> bool:
    year = {"5": 1900, "6": 1900, "7": 2000, "8": 2000}[value[6]] + int(value[:2])
    check = (13 - weighted(value, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11) % 10
    return is_date(year, int(value[2:4]), int(value[4:6])) and check == int(value[12])


def german_pension(value: str) -> bool:
    day = int(value[2:4])
    born = any(is_date(century + int(value[6:8]), int(value[4:6]), day % 50) for century in (1900, 2000))
    sum_of = cross_sum(value[:8] + in_two_digits(value[8]) + value[9:11], [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1])
    return day < 82 and born and sum_of % 10 == int(value[11])


def german_patient(value: str) -> bool:
    return cross_sum(in_two_digits(value[0]) + value[1:9], [1, 2] * 5) % 10 == int(value[9])


def american_doctor(value: str) -> bool:
    odd, even = value[2:8:2], value[3:8:2]
    return (sum(map(int, odd)) + 2 * sum(map(int, even))) % 10 == int(value[8])


def taiwanese(value: str) -> bool:
    place = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(value[0]) + 10
    return weighted(f"{place}{value[1:]}", [1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1]) % 10 == 0


def singaporean(value: str) -> bool:
    added, letters = {
        "S": (0, "JZIHGFEDCBA"),
        "T": (4, "JZIHGFEDCBA"),
        "F": (0, "XWUTRQPNMLK"),
        "G": (4, "XWUTRQPNMLK"),
        "M": (3, "XWUTRQPNJLK"),
    }[value[0]]
    return letters[(weighted(value[1:8], [2, 7, 6, 5, 4, 3, 2]) + added) % 11] == value[8]


def german_passport(value: str) -> bool:
    return sum(BOTH.index(sign) * weight for sign, weight in zip(value[:8], [7, 3, 1] * 3)) % 10 == int(value[8])


RULES = {
    "VIN": vehicle,
    "KR_FRN": korean_foreigner,
    "DE_SOCIAL_SECURITY": german_pension,
    "DE_HEALTH_INSURANCE": german_patient,
    "DE_LANR": lambda value: (weighted(value, [4, 9] * 3) + int(value[6])) % 10 == 0,
    "DE_PASSPORT": german_passport,
    "US_NPI": lambda value: value[0] in "12" and luhn.is_valid("80840" + value),
    "MEDICAL_LICENSE": american_doctor,
    "TW_ID": taiwanese,
    "SG_NRIC_FIN": singaporean,
    "AU_MEDICARE": lambda value: value[0] in "23456" and weighted(value[:8], [1, 3, 7, 9] * 2) % 10 == int(value[8]),
    "PH_TIN": lambda value: weighted(value[:8], range(9, 1, -1)) % 11 == int(value[8]),
    "NG_NIN": verhoeff.is_valid,
    # Prefixes that are not issued.
    "UK_NINO": lambda value: value[:2] not in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ"),
}

# --- Where Marshal asks for more than python-stdnum does; both have to hold.


def not_all_alike(value: str) -> bool:
    return len(set(value)) > 1


def not_nought(value: str) -> bool:
    return int(value) > 0


def month_of_a_birth_number(value: str) -> bool:
    return int(value[2:4]) % 50 in {*range(1, 13), *range(21, 33)}


def korean_company(value: str) -> bool:
    sum_of = weighted(value, (1, 3, 7, 1, 3, 7, 1, 3, 5)) + int(value[8]) * 5 // 10
    return (10 - sum_of % 10) % 10 == int(value[9])


MORE = {
    # Numbers of one digit repeated are not issued.
    "BR_CPF": not_all_alike,
    "BR_CNPJ": not_all_alike,
    "GR_AFM": not_nought,
    "AU_TFN": not_nought,
    "IMEI": not_nought,
    # Check digits are digits.
    "LEI_CODE": lambda value: value[18:].isdigit(),
    # Months that there are, months that are not known, and provisional numbers.
    "FR_NIR": lambda value: value[0] in "123478" and (1 <= int(value[3:5]) <= 12 or 20 <= int(value[3:5]) <= 42 or int(value[3:5]) >= 50),
    # 5 to 8 are foreigners, who have a kind of their own; 9 and 0 were born before 1900.
    "KR_RRN": lambda value: value[6] in "1234",
    # python-stdnum does not look at the check digit.
    "KR_BRN": korean_company,
    # With a smaller third digit it is a person's number.
    "SE_ORGANISATIONSNUMMER": lambda value: value[2] >= "2",
    # Months run up to 15, where numbers ran out.
    "AT_SVNR": lambda value: 1 <= int(value[4:6]) <= 31 and 1 <= int(value[6:8]) <= 15,
    # Districts of the Federal Reserve, and what was made of them.
    "ABA_ROUTING_NUMBER": lambda value: not_nought(value) and (int(value[:2]) <= 12 or 21 <= int(value[:2]) <= 32 or 61 <= int(value[:2]) <= 72 or value[:2] == "80"),
    # The prefix is part of it: without it, it is any number.
    "DE_VAT_ID": lambda value: value.startswith("DE"),
    # Issued with 93 in the middle.
    "US_ATIN": lambda value: value[0] == "9" and value[3:5] == "93",
    # python-stdnum has one module for persons and for companies.
    "LV_PK": lambda value: value[0] <= "3",
    "LV_PVN": lambda value: value[0] > "3",
    "ES_NIF_KLM": lambda value: value[0] in "KLM",
    # Months are raised by 20, 50 or 70; python-stdnum takes every month that is 50 too high for one.
    "CZ_RC": month_of_a_birth_number,
    "SK_RC": month_of_a_birth_number,
    "CZ_DIC": lambda value: len(value) == 8 or (value[0] == "6" and len(value) == 9) or month_of_a_birth_number(value),
    "SK_DPH": lambda value: (value[0] != "0" and value[2] in "234789" and int(value) % 11 == 0) or month_of_a_birth_number(value),
    # A remainder of 97 is written 97, and nothing is written 00, 98 or 99.
    "BE_VAT": lambda value: 1 <= int(value[8:]) <= 97,
}


def swedish(value: str) -> bool:
    """As python-stdnum has it, and coordination numbers, whose day is 60 too high."""
    module = MODULES["SE_PERSONNUMMER"]
    if module.is_valid(value):
        return True
    if value[-6:-4] <= "60" or not luhn.is_valid(value[-10:]):
        return False
    born = f"{value[:-6]}{int(value[-6:-4]) - 60:02}{value[-4:-1]}"
    return any(module.is_valid(born + digit) for digit in DIGITS)


def american_taxpayer(value: str) -> bool:
    """As python-stdnum has it, and groups 50 to 65, which are issued since 2011."""
    return MODULES["US_ITIN"].is_valid(value) or (value[0] == "9" and 50 <= int(value[3:5]) <= 65)


def hardware_address(value: str) -> bool:
    """Without a look into the table of makers."""
    pairs = ":".join(value[at : at + 2] for at in range(0, 12, 2))
    return bool(MODULES["MAC_ADDRESS"].validate(pairs, validate_manufacturer=False))


def wallet(value: str) -> bool:
    """As python-stdnum has it, but for BIP 350, which it does not know: the later addresses have another check sum."""
    if not value.lower().startswith("bc1p"):
        return MODULES["CRYPTO"].is_valid(value)
    if value not in (value.lower(), value.upper()) or any(sign not in BECH_32 for sign in value.lower()[3:]):
        return False
    return polynomial([3, 3, 0, 2, 3] + [BECH_32.index(sign) for sign in value.lower()[3:]]) == BECH_32M


INSTEAD = {"SE_PERSONNUMMER": swedish, "US_ITIN": american_taxpayer, "MAC_ADDRESS": hardware_address, "CRYPTO": wallet}

COMPACT = re.compile(r"[0-9A-Z]+")
# What stands within a value besides capitals and digits.
SIGNS = {"FI_HETU": re.compile(r"[0-9A-Z+-]+"), "CRYPTO": re.compile(r"[0-9A-Za-z]+"), "MX_RFC": re.compile(r"[0-9A-Z&Ñ]+")}


def valid(name: str, value: str) -> bool:
    """Whether the value, in capitals and in one piece, is one of the kind."""
    if not SIGNS.get(name, COMPACT).fullmatch(value):
        return False
    try:
        rule = INSTEAD.get(name) or (MODULES[name].is_valid if name in MODULES else None)
        if rule:
            return bool(rule(value)) and (name not in MORE or MORE[name](value))
        return has_form(name, value) and (name not in RULES or RULES[name](value))
    except (ValueError, KeyError, IndexError):
        return False


def keeps_the_rule(name: str, value: str) -> bool:
    """Whether the check characters are those of the issuer's rule, whatever the rest."""
    try:
        return name in RULES and RULES[name](value)
    except (ValueError, KeyError, IndexError):
        return False


# --- Drawing values.

# The tables that templates name.
CLASSES = {
    "consonant": "BCDFGHJKLMNPQRSTVWXYZ",
    "initial": "BCDFGLMPRSTV",
    "third": "AEIOBCDFGLMNPRSTV",
    "chassis": "ABCDEFGHJKLMNPRSTUVWXYZ0123456789",
    "insurer": "ACDEFGHJKMNPQRTUVWXY",
    "insured": "ACDEFGHJKMNPQRTUVWXY0123456789",
    "security": "0123456789BCDFGHJKLMNPQRSTVWXYZ",
    "document": "ABCDEFGHIJKLMNPQRSTUVWXYZ123456789",
    "passport": "0123456789CFGHJKLMNPRTVWXYZ",
    "unified": "0123456789ABCDEFGHJKLMNPQRTUWXY",
    "hex": "0123456789ABCDEF",
}
WORDS = {
    "bank": "37040044 50010517 10070000 70051540".split(),
    "department": "75 69 13 59 33 06 99 31".split(),
    "judet": [f"{number:02}" for number in range(1, 47)],
    "maker": "001A2B 00155D 3C5AB4 F4F5D8 A483E7 D05099".split(),
    "pension": "02 03 08 10 12 13 15 20 25 38 44 50 53 65 82".split(),
    "province": [str(number) for first, last in ((10, 27), (30, 58), (60, 67), (70, 77), (80, 86), (90, 96)) for number in range(first, last + 1)],
    "regency": "3171 3172 3201 3273 3301 3374 3501 3578 5171 7371 1101 1201 1271".split(),
}


def known(table: str, prefixes, what: str) -> list[str]:
    """Those that python-stdnum has in a table of its own."""
    found = numdb.get(table)
    return [prefix for prefix in prefixes if any(what in part[1] for part in found.info(prefix))]


def siren(draw: random.Random) -> str:
    body = draw.choice("3456789") + "".join(draw.choices(DIGITS, k=7))
    return body + luhn.calc_check_digit(body)


def german_taxpayer(draw: random.Random) -> str:
    """Ten digits of which one stands there twice or three times, and the others once at most."""
    while True:
        digits = draw.sample(DIGITS, 9 if draw.random() < 0.5 else 8)
        digits += [draw.choice(digits)] * (10 - len(digits))
        draw.shuffle(digits)
        if digits[0] != "0" and "".join(digits).find(digits[0] * 3) < 0:
            return "".join(digits)


BECH_32M = 0x2BC830A3


def polynomial(values: list[int]) -> int:
    """The check sum of BIP 173 and BIP 350."""
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check


def new_wallet(draw: random.Random) -> str:
    if draw.random() < 0.6:
        content = bytes([draw.choice((0, 5))]) + draw.randbytes(20)
        content += hashlib.sha256(hashlib.sha256(content).digest()).digest()[:4]
        number, text = int.from_bytes(content, "big"), ""
        while number:
            number, rest = divmod(number, 58)
            text = BASE_58[rest] + text
        return "1" * (len(content) - len(content.lstrip(b"\0"))) + text
    version, content = draw.choice(((0, draw.randbytes(20)), (1, draw.randbytes(32))))
    bits = "".join(f"{byte:08b}" for byte in content)
    bits += "0" * (-len(bits) % 5)
    values = [version] + [int(bits[at : at + 5], 2) for at in range(0, len(bits), 5)]
    check = polynomial([3, 3, 0, 2, 3] + values + [0] * 6) ^ (BECH_32M if version else 1)
    return "bc1" + "".join(BECH_32[value] for value in values + [check >> 5 * (5 - at) & 31 for at in range(6)])


MADE = {"siren": siren, "digits": german_taxpayer, "wallet": new_wallet}


@functools.cache
def words(name: str) -> list[str]:
    """The words of a table that a template names."""
    if name == "county":
        counties = [first + rest for first in "11 31 44 32 33 51 42 37 41".split() for rest in "0101 0102 0105 0106 0302 0303 0402 0502".split()]
        return [county for county in known("cn/loc", counties, "county") if not numdb.get("cn/loc").info(county)[1][1]["county"].startswith("[")]
    if name == "office":
        return known("at/fa", [f"{number:02}" for number in range(100)], "office")
    if name == "branch":
        return known("nz/banks", [f"{bank}{number:04}" for bank in ("01", "02", "03", "06", "12") for number in range(1, 1000, 7)], "branch")
    return WORDS[name]


@functools.cache
def parsed(template: str) -> tuple[int, int, tuple[str, ...]]:
    """The first and the last year, and the signs."""
    years = re.match(r"~(\d+)-(\d+)~", template)
    first, last = map(int, years.groups()) if years else (1935, 2005)
    return first, last, tuple(re.findall(r"\{[^}]*\}|\[[^\]]*\]|.", template[years.end() if years else 0 :]))


@functools.cache
def characters(group: str) -> str:
    """Those that `[A-F0-9]` stands for."""

    def spread(found):
        return "".join(map(chr, range(ord(found[1]), ord(found[2]) + 1)))

    return re.sub(r"(.)-(.)", spread, group[1:-1])


def pattern(sign: str) -> str:
    name = sign[1:-1]
    if sign[0] == "{":
        if name in CLASSES:
            return f"[{CLASSES[name]}]"
        return f"(?:{name})" if "|" in name else f"(?:{'|'.join(words(name))})" if name in WORDS else r"\d" * (4 if name == "YYYY" else 2)
    return {"#": r"\d", "?": r"\d", "@": "[A-Z]", "^": "[A-Z0-9]", "!": "[A-Z0-9]"}.get(sign, sign)


@functools.cache
def forms(name: str) -> re.Pattern:
    return re.compile("|".join("".join(map(pattern, parsed(template)[2])) for template in KINDS[name].templates))


def has_form(name: str, value: str) -> bool:
    """Whether a template of the kind could have made it."""
    return forms(name).fullmatch(value) is not None


PARTS = {"Y": lambda day: day.year % 100, "YYYY": lambda day: day.year, "M": lambda day: day.month, "D": lambda day: day.day}


@functools.cache
def drawers(template: str) -> tuple:
    """For each sign of a template, what draws it of chance and a day."""
    drawn = []
    for sign in parsed(template)[2]:
        name, _, added = sign[1:-1].partition("+")
        if sign in "#@^":
            drawn.append(functools.partial(lambda draw, _, of: draw.choice(of), of={"#": DIGITS, "@": LETTERS, "^": BOTH}[sign]))
        elif sign[0] == "[" or name in CLASSES:
            drawn.append(functools.partial(lambda draw, _, of: draw.choice(of), of=CLASSES.get(name) or characters(sign)))
        elif sign[0] != "{":
            drawn.append(functools.partial(lambda _, __, of: of, of=sign))
        elif name in PARTS:
            width = len(name) if name == "YYYY" else 2
            drawn.append(functools.partial(lambda _, day, of, more, width: f"{of(day) + more:0{width}}", of=PARTS[name], more=int(added or 0), width=width))
        elif name == "month":
            drawn.append(lambda _, day: "ABCDEHLMPRST"[day.month - 1])
        elif name in MADE:
            drawn.append(functools.partial(lambda draw, _, of: of(draw), of=MADE[name]))
        else:
            drawn.append(functools.partial(lambda draw, _, of: draw.choice(of), of=sign[1:-1].split("|") if "|" in sign else words(name)))
    return tuple(drawn)


def drafted(template: str, draw: random.Random) -> str:
    """A value whose check characters are still `?` and `!`."""
    first, last, _ = parsed(template)
    day = datetime.date(first, 1, 1) + datetime.timedelta(draw.randrange((last - first + 1) * 365))
    return "".join(one(draw, day) for one in drawers(template))


# --- Check characters. These only propose, to be fast; `valid` has the say.


def ninety_seven(number: str) -> str:
    return f"{97 - int(number) % 97:02}"


def british_vat(body: str) -> list[str]:
    total = weighted(body, [8, 7, 6, 5, 4, 3, 2])
    return [f"{97 - (total + more) % 97:02}" for more in (0, 55)]


def twice_luhn(body: str) -> str:
    company = luhn.calc_check_digit(body[:8])
    return company + luhn.calc_check_digit(body[:8] + company + body[8:])


def norwegian(body: str) -> str:
    first = MODULES["NO_FNR"].calc_check_digit1(body)
    return first + MODULES["NO_FNR"].calc_check_digit2(body + first)


def polish_company(body: str) -> str:
    first = MODULES["PL_REGON"].calc_check_digit(body[:8])
    return first + MODULES["PL_REGON"].calc_check_digit(body[:8] + first + body[8:])


def french_vat(body: str) -> str:
    return f"{(12 + 3 * (int(body) % 97)) % 97:02}"


# Of kinds with two check characters and more: all of them in order, of the value without them.
PROPOSED = {
    "LEI_CODE": mod_97_10.calc_check_digits,
    "FR_NIR": lambda body: MODULES["FR_NIR"].calc_check_digits(body),
    "FR_NIF": lambda body: MODULES["FR_NIF"].calc_check_digits(body),
    "FR_TVA": french_vat,
    "MC_TVA": french_vat,
    "FR_SIRET": twice_luhn,
    "BR_CNPJ": lambda body: MODULES["BR_CNPJ"].calc_check_digits(body),
    "BR_CPF": lambda body: MODULES["BR_CPF"]._calc_check_digits(body),
    "TR_NATIONAL_ID": lambda body: MODULES["TR_NATIONAL_ID"].calc_check_digits(body),
    "NO_FNR": norwegian,
    "BE_NRN": lambda body: [ninety_seven(body), ninety_seven("2" + body)],
    "BE_VAT": ninety_seven,
    "BE_EID": lambda body: MODULES["BE_EID"]._calc_check_digits(body),
    "PL_REGON": polish_company,
    "AR_CBU": lambda body: MODULES["AR_CBU"].calc_check_digit(body[:7]) + MODULES["AR_CBU"].calc_check_digit(body[7:]),
    "AU_ABN": lambda body: MODULES["AU_ABN"].calc_check_digits(body),
    "ES_CUPS": lambda body: MODULES["ES_CUPS"].calc_check_digits(body),
    "ES_CCC": lambda body: MODULES["ES_CCC"].calc_check_digits(body[:8] + "00" + body[8:]),
    "UK_VAT": british_vat,
    "LU_TVA": lambda body: MODULES["LU_TVA"].calc_check_digits(body),
    "MA_ICE": lambda body: f"{97 - int(body) * 100 % 97:02}",
    "MT_VAT": lambda body: f"{37 - weighted(body, [3, 4, 6, 7, 8, 9]) % 37:02}",
    "NL_BTW": lambda body: mod_97_10.calc_check_digits("NL" + body),
    "RU_INN": lambda body: MODULES["RU_INN"].calc_personal_check_digits(body),
    "IBAN_CODE": lambda body: mod_97_10.calc_check_digits(body[2:] + body[:2]),
    "SEPA_CREDITOR": lambda body: mod_97_10.calc_check_digits(body[5:] + body[:2]),
    "ISO_11649": lambda body: mod_97_10.calc_check_digits(body[2:] + body[:2]),
}


def computed(name: str, draft: str) -> str | None:
    """A draft whose last character python-stdnum can compute, in the way that most of its modules have."""
    compute = getattr(MODULES.get(name), "calc_check_digit", None)
    try:
        value = draft[:-1] + compute(draft[:-1])
        return value if valid(name, value) else None
    except (TypeError, ValueError, KeyError, IndexError):
        return None


def completed(name: str, draft: str, draw: random.Random) -> str | None:
    """A draft with its check characters, if there are any that make it a right value."""
    places = [at for at, sign in enumerate(draft) if sign in "?!"]
    if not places:
        return draft if valid(name, draft) else None
    if places == [len(draft) - 1] and (value := computed(name, draft)):
        return value
    tried = []
    if len(places) > 1 and name in PROPOSED:
        try:
            proposed = PROPOSED[name]("".join(sign for sign in draft if sign not in "?!"))
        except (ValueError, KeyError, IndexError):
            return None
        tried = [proposed] if isinstance(proposed, str) else proposed
    elif len(places) < 3:
        sets = [draw.sample(of, len(of)) for of in (DIGITS if draft[at] == "?" else BOTH for at in places)]
        tried = itertools.product(*sets)
    for check in tried:
        signs = list(draft)
        for at, sign in zip(places, check):
            signs[at] = sign
        if valid(name, value := "".join(signs)):
            return value
    return None


def right(name: str, draw: random.Random) -> str:
    """A right value."""
    for _ in range(2_000):
        if value := completed(name, drafted(draw.choice(KINDS[name].templates), draw), draw):
            return value
    raise RuntimeError(f"no value of {name} comes of its templates")


def another(sign: str, draw: random.Random) -> str:
    group = next((group for group in (DIGITS, LETTERS, string.ascii_lowercase) if sign in group), sign)
    return draw.choice(group.replace(sign, "") or sign)


def near(value: str, draw: random.Random) -> str:
    """Nearly the value: one character is another one, two neighbours have changed places, or all digits are new."""
    signs, how = list(value), draw.random()
    if how < 0.75:
        at = draw.randrange(len(signs) - 1)
        if how < 0.3 and signs[at] != signs[at + 1] and signs[at].isalnum() and signs[at + 1].isalnum():
            signs[at], signs[at + 1] = signs[at + 1], signs[at]
        else:
            at += draw.random() < 1 / len(signs)
            signs[at] = another(signs[at], draw)
    else:
        signs = [draw.choice(DIGITS) if sign.isdigit() else sign for sign in signs]
    return "".join(signs)


def judged(name: str, count: int, seed: int) -> list[tuple[str, bool]]:
    """Values of a kind and near it, each with the verdict: a right one, one that ends otherwise, and three that are near it."""
    draw = random.Random(f"{name}:{seed}")
    values: list[tuple[str, bool]] = []
    while len(values) < count:
        value = right(name, draw)
        others = [value[:-1] + another(value[-1], draw), *(near(value, draw) for _ in range(3))]
        values += [(value, True)] + [(other, valid(name, other)) for other in others]
    return values[:count]
