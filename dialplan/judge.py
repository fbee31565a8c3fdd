"""What single values of a dialplan must be.

Each function returns what would be right, or ``None`` if the value is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from dialplan.numbers import is_emergency, to_e164
from dialplan.people import TRANSFEROR

_NAME: Final = re.compile(r"(?=[0-9._-]*[a-z])[a-z0-9][a-z0-9._-]*")
_NAME_EXPECTED: Final = (
    "lower-case letters, digits, '.', '_' and '-', at least one letter, no mark in front"
)
_MOST_LETTERS: Final = 64
_EXTENSION: Final = re.compile(r"[0-9]{2,6}")
CODECS: Final = ("PCMU", "PCMA", "G722", "G729", "GSM", "opus", "iLBC", "speex")
"""What a trunk or a phone may be limited to, as it is spelt in the files."""
_PREFIX: Final = re.compile(r"\+[0-9]{0,15}")


def judge_name(name: str) -> str | None:
    """Judge the name of a rep, a territory or a trunk."""
    if len(name) > _MOST_LETTERS:
        return f"at most {_MOST_LETTERS} letters"
    if name == TRANSFEROR:
        return f"another name: {TRANSFEROR!r} in on_no_answer means whoever transferred"
    return None if _NAME.fullmatch(name) else _NAME_EXPECTED


def judge_extension(extension: str, country: str) -> str | None:
    """Judge the extension of a rep or a territory."""
    if not _EXTENSION.fullmatch(extension):
        return "2 to 6 digits, in quotes"
    if is_emergency(extension, country):
        return f"something else: {extension} calls for help in {country}"
    if to_e164(extension, country):
        return f"something else: {extension} is an outside number in {country}"
    return None


def judge_number(number: str, country: str) -> str | None:
    """Judge an outside number, which is kept in E.164 form."""
    e164 = to_e164(number, country)
    if e164 is None:
        return "a telephone number in E.164 form, such as '+14805550100'"
    return None if e164 == number else f"the E.164 form: {e164!r}"


def judge_prefixes(prefixes: Sequence[str]) -> str | None:
    """Judge a list of beginnings of numbers."""
    if all(_PREFIX.fullmatch(one) for one in prefixes) and len(set(prefixes)) == len(prefixes):
        return None
    return "beginnings of numbers in E.164 form, each once, such as '+44'; '+' is all"


def judge_codecs(codecs: Sequence[str]) -> str | None:
    """Judge a list of codecs; the empty one is that of the switch."""
    if set(codecs) <= set(CODECS) and len(set(codecs)) == len(codecs):
        return None
    return f"any of {listed(CODECS)}, each once"


def judge_within(value: float, low: float, high: float, what: str) -> str | None:
    """Judge a number that has a range, both ends included."""
    return None if low <= value <= high else f"{what}, {low} to {high}"


def judge_taken(value: str, taken: Mapping[str, str]) -> str | None:
    """Judge something that only one may have."""
    return f"something else: {taken[value]} has it already" if value in taken else None


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them."""
    return ", ".join(names) or "none"
