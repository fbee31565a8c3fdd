"""One exchange of descriptions, as rtpengine is told of it: who offers, and who answers.

A browser draws new ICE credentials when it answers a re-INVITE of ours that comes from other ports.
rtpengine takes those in an answer; in an offer they are a restart to it, and it draws new ones of
its own, which nobody is told (RFC 8839 §4.4.1.1). So a browser that answers is told of as one
that answers, and whenever its media is offered to another it is with what rtpengine knows already.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from switch.call.ids import LegId
from switch.sip.sdp import late_offer
from switch.worker.codecs import Codecs
from switch.worker.descriptions import limited, with_role, without_candidates, without_events
from switch.worker.protection import Protection, protection_in, wanted_by
from switch.worker.relay import Relay
from switch.worker.told import Told


class Exchange:
    """The way in which descriptions of one conversation's legs go to rtpengine and come back."""

    def __init__(self, relay: Relay, told: Told, codecs: Codecs, *, address: str) -> None:
        """Begin with a server that knows nobody.

        Args:
            relay: the media server.
            told: the descriptions.
            codecs: what each leg may speak.
            address: an address of ours, for the description of a late offer.
        """
        self._relay = relay
        self._told = told
        self._codecs = codecs
        self._address = address
        self._called: set[LegId] = set()
        """Who describes himself in answer to an offer of ours."""
        self._known: dict[LegId, str] = {}
        """What the server was told last of each browser."""
        self._is_anew = False
        """Whether this server was told of nobody in the beginning."""

    def begin_anew(self) -> None:
        """Note that the server knows nobody any more."""
        self._known.clear()
        self._is_anew = True

    def call(self, leg_id: LegId) -> None:
        """Note that a leg will describe itself in answer to an offer of ours."""
        self._called.add(leg_id)

    def protection_of(self, leg_id: LegId) -> Protection:
        """Return how a leg's audio is protected: as it says itself, or else as it is to be."""
        if self._told.has_said(leg_id):
            return protection_in(self.said_by(leg_id))
        return (
            wanted_by(self._codecs.policy(leg_id)) if leg_id in self._called else Protection.PLAIN
        )

    def said_by(self, leg_id: LegId) -> str:
        """Return what the server is to know of a leg's description."""
        said = self._told.said_by(leg_id)
        return without_events(said) if self._codecs.sends_tones(leg_id) else said

    def known_of(self, leg_id: LegId) -> str:
        """Return what to offer of a leg that has not asked for anything just now."""
        said = self.said_by(leg_id)
        if protection_in(said) is not Protection.DTLS:
            return said
        if leg_id not in self._known:
            is_old = self._is_anew and self._told.told(leg_id) is not None
            self._known[leg_id] = without_candidates(said) if is_old else said
        return self._known[leg_id]

    def news_of(self, leg_id: LegId) -> str:
        """Return what to offer of a leg that has made an offer itself."""
        said = self.said_by(leg_id)
        self._known[leg_id] = said
        return said

    async def make_anew(self, to: LegId, *, of: LegId) -> str:
        """Offer one leg's media to another, each with what it has agreed to.

        Raises:
            MediaError: rtpengine cannot.
        """
        spoken, wanted = self._codecs.agreed_with(of), self._codecs.agreed_with(to)
        if Protection.DTLS in {self.protection_of(of), self.protection_of(to)}:
            # A browser hears nothing under another SSRC than the one that its peer has named, and
            # where something may have to be turned, rtpengine sends under one of its own.
            common = self._codecs.in_common(of, to)
            spoken, wanted = (common, common) if common else (spoken, wanted)
        return await self.make(to, of=of, spoken=spoken, wanted=wanted)

    async def make(
        self, to: LegId, *, of: LegId, spoken: Sequence[str], wanted: Sequence[str]
    ) -> str:
        """Offer one leg's media to another; returns what that one is to be told.

        Raises:
            MediaError: rtpengine cannot.
        """
        if self._told.has_said(of):
            sdp = limited(self.known_of(of), spoken)
        else:
            sdp = late_offer(self._address, spoken)
        return await self.offer(
            from_tag=of,
            # Not known yet. Without it rtpengine would take a leg that offered something
            # once, a transferor who had called, for the one that is placed now.
            to_tag=to,
            via_branch=to,
            sdp=sdp,
            codec=self._codecs.to_join(spoken, wanted, of=of, to=to),
        )

    async def offer(self, *, to_tag: LegId, **fields: Any) -> str:
        """Pass on an offer; returns what the leg that it goes to is to be told.

        Raises:
            MediaError: rtpengine cannot.
        """
        towards = self.protection_of(to_tag)
        return await self._relay.offer(to_tag=to_tag, towards=towards, **fields)

    async def answer(
        self,
        by: LegId,
        *,
        of: LegId,
        sdp: str | None = None,
        is_branch: bool = True,
        is_old: bool = False,
    ) -> str:
        """Pass on the answer to an offer; returns what the leg that made it is to be told.

        Args:
            by: who answers.
            of: who has made the offer.
            sdp: the answer; None: what the leg has said last.
            is_branch: whether the offer named the leg as a branch of its own.
            is_old: whether a browser will say by re-INVITE where it is. Looking for it where it
                was keeps rtpengine from finding it for seconds.

        Raises:
            MediaError: rtpengine cannot.
        """
        if sdp is None:
            sdp = with_role(self.said_by(by), self._told.told(by))
            sdp = without_candidates(sdp) if is_old else sdp
            if protection_in(sdp) is Protection.DTLS:
                self._known[by] = sdp
        branch = {"via_branch": by} if is_branch else {}
        towards = self.protection_of(of)
        return await self._relay.answer(from_tag=of, to_tag=by, sdp=sdp, towards=towards, **branch)
