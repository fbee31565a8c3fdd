"""What each phone has said of itself, what it was told, and what it should have been told."""

from __future__ import annotations

from switch.call.ids import LegId
from switch.media.ng import MediaError
from switch.sip.sdp import parse_sdp
from switch.worker.descriptions import continued, same_media, with_direction


class Told:
    """The descriptions of one conversation's legs."""

    def __init__(self) -> None:
        """Begin with nothing said."""
        self._remote: dict[LegId, str] = {}
        self._told: dict[LegId, str] = {}
        self._owed: dict[LegId, str] = {}
        self._asked: set[LegId] = set()
        """Whose party answered us last, rather than we it."""

    def said_by(self, leg_id: LegId) -> str:
        """Return the description that a leg's party sent last.

        Raises:
            MediaError: it has sent none.
        """
        if leg_id not in self._remote:
            raise MediaError(command="describe", why=f"leg {leg_id} has said nothing of itself")
        return self._remote[leg_id]

    def has_said(self, leg_id: LegId) -> bool:
        """Whether the leg's party has said where its media goes."""
        return leg_id in self._remote

    def says(self, leg_id: LegId, sdp: str) -> bool:
        """Keep what a leg's party says; returns whether its media goes elsewhere than before."""
        before, self._remote[leg_id] = self._remote.get(leg_id), sdp
        return not same_media(before, sdp)

    def told(self, leg_id: LegId) -> str | None:
        """Return the description that the leg's party was sent last."""
        return self._told.get(leg_id)

    def tell(self, leg_id: LegId, sdp: str) -> None:
        """Note that a leg's party has got this description."""
        self._told[leg_id] = sdp
        owed = self._owed.get(leg_id)
        if owed is not None and same_media(sdp, owed):
            del self._owed[leg_id]

    def next_to_tell(self, leg_id: LegId, sdp: str) -> str:
        """Return a description as the next of those that a leg's party was told."""
        return continued(self._told.get(leg_id), sdp)

    def offer(self, leg_id: LegId, sdp: str) -> None:
        """Note that a leg's party is offered this, and what it says next is the answer."""
        self.told_anew(leg_id, sdp)
        self._asked.add(leg_id)

    def is_asked(self, leg_id: LegId) -> bool:
        """Whether the leg's party answers an offer of ours: its order of codecs holds then."""
        return leg_id in self._asked

    def told_anew(self, leg_id: LegId, sdp: str) -> None:
        """Note that a leg's party was told what holds now: it is owed nothing."""
        self._told[leg_id] = sdp
        self._owed.pop(leg_id, None)
        self._asked.discard(leg_id)

    def owe(self, leg_id: LegId, sdp: str) -> None:
        """Note what a leg's party must be told, if it was told something else."""
        told = self._told.get(leg_id)
        self._owed.pop(leg_id, None)
        if told is None:
            return
        # Who holds us goes on holding us: to an offer to send he might say that he listens.
        sdp = with_direction(sdp, parse_sdp(told).direction)
        if not same_media(told, sdp):
            self._owed[leg_id] = continued(told, sdp)

    def owed(self, leg_id: LegId) -> str | None:
        """Return what a leg's party must be told; None: it sends to where it should."""
        return self._owed.get(leg_id)
