"""What is said last to those whose worker has died: it is said although the node dies meanwhile.

A conversation is over as soon as everybody in it is being hung up on. But the edge may be away
just then, or an answer be lost, so a BYE is repeated and its port is answered at for a while. The
next node goes on with that: whoever is not told would talk to nobody, and who hangs up himself
would hear nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from switch.node.ledger import Ledger
from switch.sip import custody
from switch.sip.custody import Step
from switch.sip.dialog import SipDialog

FOR_S: Final = 32.0
"""So long is a request repeated, and may an answer be asked for again (RFC 3261 §17.1.2.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWords:
    """Is a dialog that is being ended, or was a moment ago."""

    leg_id: str
    dialog: SipDialog
    is_said: bool
    """Its end is known to both sides: it is only answered for."""

    @property
    def step(self) -> Step:
        """What is to be done about it."""
        if self.is_said:
            return Step(kept=custody.give_up(custody.let_be(self.dialog)))
        return custody.end(self.dialog)


def last_words(ledger: Ledger, *, now_s: float) -> list[LastWords]:
    """Return what the node before had still to say; what is long past is nothing any more.

    Raises:
        LedgerUnavailable: it cannot be read.
    """
    with ledger.reading() as connection:
        rows = connection.execute(
            "SELECT leg_id, dialog, is_said FROM words WHERE at > ? ORDER BY at", (now_s - FOR_S,)
        ).fetchall()
        return [
            LastWords(
                leg_id=leg_id,
                dialog=msgspec.json.decode(dialog, type=SipDialog),
                is_said=bool(is_said),
            )
            for leg_id, dialog, is_said in rows
        ]
