"""What can be wrong with SIP that came from outside."""

from __future__ import annotations

from typing import ClassVar

from switch.errors import SwitchError

_CLIP = 80
"""Characters of the received text that an error repeats: enough to find it in a trace."""


class SipParseError(SwitchError):
    """Says that a text received is not the SIP (or SDP) it should be.

    Attributes:
        what: what was being read, such as ``SIP URI`` or ``CSeq``.
        why: what is wrong with it.
        text: the beginning of the text received.
    """

    sip_status: ClassVar[int] = 400
    """The answer a request deserves that contains this."""

    def __init__(self, *, what: str, why: str, text: str = "") -> None:
        """Keep the facts; the text is clipped, for it may be long and hostile."""
        super().__init__(what, why, text[:_CLIP])
        self.what = what
        self.why = why
        self.text = text[:_CLIP]

    def __str__(self) -> str:
        """Name what was read, what is wrong and the text, escaped so that it fits one log line."""
        shown = f": {self.text!a}" if self.text else ""
        return f"bad {self.what}: {self.why}{shown}"


class UnsupportedSchemeError(SipParseError):
    """Says that a URI is well-formed, but of a scheme nobody can be called by (``mailto:``)."""

    sip_status: ClassVar[int] = 416
