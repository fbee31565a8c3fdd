"""Somebody who is to be forgotten, known by a telephone number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import msgspec

from dialplan.numbers import plain, to_e164
from switch.records.leg import LegRecord

_ENOUGH_DIGITS: Final = 7
"""Of a number's end that messages are searched for: they may leave out the country's code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Is whoever has this number."""

    number: str
    """In E.164."""
    country: str
    """Where numbers dialled without ``+`` belong."""

    def is_contact(self, record: LegRecord) -> bool:
        """Tell whether the conversation is his: he is its customer."""
        return record.role == "customer" and self.is_party(record)

    def is_party(self, record: LegRecord) -> bool:
        """Tell whether a leg is his, or was dialled as his number."""
        return any(self._is_own(number) for number in (record.number, record.dialled) if number)

    def is_in(self, topic: str, payload: bytes) -> bool:
        """Tell whether a message that cannot be read has his number somewhere.

        It may be written with the country's code or without, and with marks between the
        digits; rather one letter too many goes than one too few.
        """
        digits = re.sub(rb"[^0-9a-zA-Z]+", b"", topic.encode("utf-8", "replace") + b"z" + payload)
        return self._end(_ENOUGH_DIGITS).encode() in digits

    def _end(self, count: int) -> str:
        return self.number.lstrip("+")[-count:]

    def _is_own(self, number: str) -> bool:
        if number == self.number:
            return True
        # Most are told from his by two digits, and that is much quicker.
        is_alike = plain(number).endswith(self._end(2))
        return is_alike and to_e164(number, self.country) == self.number


def nameless(record: LegRecord) -> LegRecord:
    """Return the record without what an outside party is known by.

    Of a rep's leg only what he dialled is left out: his own number is ours.
    """
    if record.role == "rep":
        return msgspec.structs.replace(record, dialled=None)
    return msgspec.structs.replace(record, number=None, name=None, dialled=None)
