"""Telephone numbers, in whatever form they were dialled.

``(206) 555-0100``, ``2065550100``, ``+12065550100``, ``tel:+1-206-555-0100`` and the user part
``+12065550100;phone-context=x`` of a URI with ``user=phone`` reach the same place.
"""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import PhoneNumberFormat, ValidationResult

# phonenumbers reads letters as the digits of their keys and digits of all alphabets; what was
# dialled here is either digits or a name.
_NUMBER = re.compile(r"\+?[ ().\-]*[0-9][0-9 ().\-]*")
_SEPARATORS = str.maketrans("", "", " ().-")


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
    if not _NUMBER.fullmatch(text):
        return None
    try:
        number = phonenumbers.parse(text, country)
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
