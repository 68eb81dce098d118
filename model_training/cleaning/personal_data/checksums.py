"""Whether digits can be what they look like."""

import re
from datetime import date

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IBAN_LENGTHS = range(15, 35)


def is_card(digits: str) -> bool:
    """Luhn's sum over 12 to 19 digits."""
    if not 12 <= len(digits) <= 19 or not digits.isdigit() or len(set(digits)) == 1:
        return False
    odd = sum(int(digit) for digit in digits[-1::-2])
    even = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (odd + even) % 10 == 0


def is_chinese_id(number: str) -> bool:
    """18 characters with the check character of GB 11643, or 15 digits of the older kind."""
    number = number.upper()
    if re.fullmatch(r"\d{15}", number):
        return number[0] in "12345678" and _is_day("19" + number[6:12])
    if not re.fullmatch(r"\d{17}[\dX]", number) or not _is_day(number[6:14]):
        return False
    return (
        "10X98765432"[sum(int(d) * w for d, w in zip(number, _ID_WEIGHTS, strict=False)) % 11] == number[17]
    )


def looks_like_chinese_id(number: str) -> bool:
    """A region and a day of birth, whatever the check character: a typing slip hides nobody."""
    return bool(re.fullmatch(r"[1-8]\d{16}[\dXx]", number)) and _is_day(number[6:14])


def is_iban(text: str) -> bool:
    if len(text) not in _IBAN_LENGTHS:
        return False
    turned = text[4:].upper() + text[:4].upper()
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def _is_day(text: str) -> bool:
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return False
    return 1900 <= day.year <= date.today().year
