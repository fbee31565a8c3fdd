"""What others must know of a dialog of PJSIP's, read out of the messages that pass.

PJSIP reads some messages that we do not. Then nothing new is known of the dialog, and if its
worker dies, nobody can speak in it: that ends no call before.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from switch.sip import dialog as dialogs
from switch.sip.dialog import SipDialog
from switch.sip.errors import SipParseError
from switch.sip.message import SipResponse, parse_message, parse_request


class Likeness:
    """One dialog as others are told of it."""

    def __init__(self, port: int, *, changed: Callable[[SipDialog], None]) -> None:
        """Know nothing yet.

        Args:
            port: that of our SIP socket.
            changed: is told of each change.
        """
        self._port = port
        self._changed = changed
        self._dialog: SipDialog | None = None

    def offered(self, invite: str) -> None:
        """Take the INVITE that came to us."""
        with contextlib.suppress(SipParseError):
            self._now(dialogs.offered(parse_request(invite), port=self._port))

    def placed(self, invite: str) -> None:
        """Take the INVITE that we have sent."""
        with contextlib.suppress(SipParseError):
            self._now(dialogs.placed(parse_request(invite), port=self._port))

    def responded(self, message: str) -> None:
        """Take a response to it, ours or theirs."""
        with contextlib.suppress(SipParseError):
            response = parse_message(message)
            if self._dialog is not None and isinstance(response, SipResponse):
                self._now(dialogs.responded(self._dialog, response))

    def refreshed(self, message: str) -> None:
        """Take a re-INVITE of theirs, or their answer to ours: it may move them elsewhere."""
        with contextlib.suppress(SipParseError):
            if self._dialog is not None:
                self._now(dialogs.refreshed(self._dialog, parse_message(message)))

    def _now(self, dialog: SipDialog) -> None:
        before, self._dialog = self._dialog, dialog
        if dialog != before:
            self._changed(dialog)
