"""Numbers that carry a check digit or a fixed form: accounts, cards, and the numbers states give their people."""

from __future__ import annotations

import re

# source: SWIFT, IBAN Registry, release 98: total length by country
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "CH": 21,
    "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "ES": 24, "FI": 18, "FO": 18, "FR": 27,
    "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26,
    "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24,
    "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25,
    "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29,
    "XK": 20,
}  # fmt: skip
_SPANISH_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
# source: ISO/IEC 7812, issuers in use: length by first digits
_CARDS = (
    (re.compile(r"3[47]"), (15,)),
    (re.compile(r"4"), (16, 19)),
    (re.compile(r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)"), (16,)),
    (re.compile(r"6(?:011|5|4[4-9])"), (16,)),
    (re.compile(r"3(?:0[0-5]|[68])"), (14,)),
    (re.compile(r"35"), (16,)),
)


def is_iban(text: str) -> bool:
    """Whether letters and digits without blanks are an account number: its country's length, and ISO 7064 mod 97."""
    value = text.upper()
    if len(value) != IBAN_LENGTHS.get(value[:2]) or not value.isascii() or not value.isalnum():
        return False
    return int("".join(str(int(character, 36)) for character in value[4:] + value[:4])) % 97 == 1


def card_lengths(digits: str) -> tuple[int, ...]:
    """Digits that a card of the issuer has which the first digits name; none where no issuer has them."""
    return next((lengths for first, lengths in _CARDS if first.match(digits)), ())


def passes_luhn(digits: str) -> bool:
    """The check digit of cards (ISO/IEC 7812)."""
    total = 0
    for place, character in enumerate(reversed(digits)):
        value = int(character) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_german_tax_id(digits: str) -> bool:
    """Eleven digits of which one is there two or three times; ISO 7064 mod 11, 10."""
    if len(digits) != 11 or digits[0] == "0" or len(set(digits[:10])) not in (8, 9):
        return False
    product = 10
    for character in digits[:10]:
        product = ((int(character) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def is_french_social_security(text: str) -> bool:
    """Thirteen places and a key of two digits: 97 less the number mod 97; Corsica's letters count as 19 and 18."""
    number = text[:13].replace("2A", "19").replace("2B", "18")
    return len(text) == 15 and number.isdigit() and int(text[13:]) == 97 - int(number) % 97


def is_spanish_id(text: str) -> bool:
    """Eight digits (the first one X, Y or Z for foreigners) and the letter that belongs to them."""
    digits = text[:8].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return len(text) == 9 and digits.isdigit() and _SPANISH_LETTERS[int(digits) % 23] == text[8]
