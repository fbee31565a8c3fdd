"""Telephone numbers, in whatever form they were dialled.

``(206) 555-0100``, ``2065550100``, ``+12065550100``, ``tel:+1-206-555-0100`` and the user part
``+12065550100;phone-context=x`` of a URI with ``user=phone`` reach the same place.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType, ValidationResult

# phonenumbers reads letters as the digits of their keys and digits of all alphabets; what was
# dialled here is either digits or a name.
_NUMBER = re.compile(r"\+?[ ().\-]*[0-9][0-9 ().\-]*")
_SEPARATORS = str.maketrans("", "", " ().-")
_NO_COUNTRY = "001"
"""What phonenumbers calls the country of numbers that belong to none."""
_INTERNATIONAL_PREMIUM = "+979"
"""The whole code is premium numbers; phonenumbers knows only some of them."""
_LONGEST: Final = 40
"""No number has so many digits, whatever is dialled before it."""
_MOST_REMEMBERED: Final = 1024
"""Numbers that were read: our own are dialled all the time, and reading one is dear."""


def plain(dialled: str) -> str:
    """Return what was dialled without ``tel:``, visual separators and parameters.

    A name comes back as it is. A local number whose ``phone-context`` is a number's beginning
    becomes that global number.
    """
    text = dialled[4:] if dialled[:4].lower() == "tel:" else dialled
    number, *params = text.split(";")
    if not _NUMBER.fullmatch(number):
        return text
    digits = number.translate(_SEPARATORS)
    for param in params:
        name, _, context = param.partition("=")
        is_prefix = context.startswith("+") and not digits.startswith("+")
        if name.lower() == "phone-context" and is_prefix and _NUMBER.fullmatch(context):
            return context.translate(_SEPARATORS) + digits
    return digits


def to_e164(dialled: str, country: str) -> str | None:
    """Return an outside number in E.164 form; ``None`` if it is none.

    A number counts by its length in its country's plan, not by whether its block is in use: new
    blocks are opened faster than this library is updated. Short numbers, emergency numbers and
    numbers without the area code their country needs are none.

    Args:
        dialled: a user part or a ``tel:`` URI.
        country: where a number without ``+`` belongs, as two letters (ISO 3166-1).
    """
    text = plain(dialled)
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        return None
    return _e164(text, country)


@lru_cache(_MOST_REMEMBERED)
def _e164(digits: str, country: str) -> str | None:
    try:
        number = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def is_emergency(digits: str, country: str) -> bool:
    """Tell whether these digits call for help in the country."""
    return phonenumbers.is_emergency_number(digits, country)


def is_country(code: str) -> bool:
    """Tell whether two letters name a country whose numbers are known."""
    return code in phonenumbers.SUPPORTED_REGIONS


def country_of(number: str, home: str) -> str | None:
    """Return the country of a number, as two letters; ``None`` if it belongs to none.

    Where several countries share a code and the digits do not tell, it counts as ours if ours
    is one of them: area codes are opened faster than this library is updated, and those of
    other countries it knows. Ranges without a country, such as satellites, belong to none.

    Args:
        number: the number in E.164 form.
        home: our own country, as two letters.
    """
    parsed = phonenumbers.parse(number)
    sharing = phonenumbers.region_codes_for_country_code(parsed.country_code or 0)
    found = phonenumbers.region_code_for_number(parsed)
    if found is None:
        return home if home in sharing else next(iter(sharing), None)
    return None if found == _NO_COUNTRY else found


def is_premium(number: str) -> bool:
    """Tell whether a number (E.164) costs its caller extra."""
    if number.startswith(_INTERNATIONAL_PREMIUM):
        return True
    return phonenumbers.number_type(phonenumbers.parse(number)) == PhoneNumberType.PREMIUM_RATE


def calling_code(number: str) -> str:
    """Return the country code of a number (E.164), without ``+``."""
    return str(phonenumbers.parse(number).country_code)
