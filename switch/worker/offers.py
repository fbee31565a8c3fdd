"""Who was offered whose media: the exchanges that rtpengine has carried, to be made anew at need.

A server that was started anew knows none of them. :meth:`Offers.rebuild` makes those between
legs that stand once more; whose phone sends to the ports of the dead is owed a description.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from switch.call.ids import LegId
from switch.call.target import MediaPolicy
from switch.sip.sdp import late_offer, parse_sdp
from switch.worker.descriptions import nobody
from switch.worker.protection import Protection, protection_in, wanted_by
from switch.worker.relay import Relay
from switch.worker.told import Told

_EVENTS: Final = "telephone-event"


class Offers:
    """The offers and answers of one conversation."""

    def __init__(self, relay: Relay, told: Told, *, address: str, codecs: Sequence[str]) -> None:
        """Begin with nothing offered.

        Args:
            relay: the media server.
            told: the descriptions.
            address: an address of ours, for the description of a late offer.
            codecs: what may be offered, best first.
        """
        self._relay = relay
        self._told = told
        self._address = address
        self._codecs = tuple(codecs)
        self._offered_by: dict[LegId, LegId] = {}
        self._unanswered: set[LegId] = set()
        """Who was offered something, and whose answer the server has not been given."""
        self._wanted: dict[LegId, Protection] = {}
        """How the audio is to be protected of who was called and has said nothing yet."""

    def are_joined(self, leg_id: LegId, peer: LegId) -> bool:
        """Whether the peer was last offered that leg's media."""
        return self._offered_by.get(peer) == leg_id

    def waits_for(self, leg_id: LegId) -> bool:
        """Whether the server waits for the answer of a leg."""
        return leg_id in self._unanswered

    async def make(self, to: LegId, *, of: LegId, keep_codecs: bool, policy: MediaPolicy) -> str:
        """Offer one leg's media to another that is about to be placed.

        Raises:
            MediaError: rtpengine cannot.
        """
        codecs = self._agreed_with(of) if keep_codecs else self._codecs
        self._wanted[to] = wanted_by(policy)
        sdp = await self._offer(to, of=of, codecs=codecs)
        self._offered_by[to] = of
        self._unanswered.add(to)
        self._told.told_anew(to, sdp)
        return sdp

    async def make_again(self, to: LegId, *, of: LegId) -> None:
        """Make one leg the one that another's media is offered to, as it once was.

        Raises:
            MediaError: rtpengine cannot.
        """
        await self._relay.offer(
            from_tag=of,
            to_tag=to,
            via_branch=to,
            sdp=self._told.said_by(of),
            towards=self.protection_of(to),
        )
        self._offered_by[to] = of

    async def take_answer(self, by: LegId) -> tuple[LegId, str]:
        """Let the server know a leg's answer; returns whose media it was, and what he'd be told.

        Raises:
            MediaError: rtpengine cannot.
        """
        of = self._offered_by[by]
        sdp = await self._answer(by, of=of, sdp=self._told.said_by(by))
        self._unanswered.discard(by)
        return of, sdp

    def protection_of(self, leg_id: LegId) -> Protection:
        """Return how a leg's audio is protected: as it says itself, or else as it is to be."""
        if self._told.has_said(leg_id):
            return protection_in(self._told.said_by(leg_id))
        return self._wanted.get(leg_id, Protection.PLAIN)

    async def rebuild(self, standing: Collection[LegId]) -> None:
        """Make all exchanges between these legs anew, in a server that knows none of them.

        Raises:
            MediaError: rtpengine cannot.
        """
        heard: set[LegId] = set()
        waiting: list[tuple[LegId, LegId]] = []
        pairs = {
            frozenset((of, to)): (of, to)
            for to, of in self._offered_by.items()
            if of in standing and to in standing
        }
        for of, to in pairs.values():
            if to in self._unanswered:
                waiting.append((of, to))
                continue
            heard |= {of, to}
            self._told.owe(to, await self._offer(to, of=of, codecs=self._agreed_with(to)))
            answer = await self._answer(to, of=of, sdp=self._told.said_by(to))
            self._told.owe(of, answer)
        for leg_id in standing:
            if leg_id not in heard and leg_id not in self._unanswered:
                await self._offer_to_nobody(leg_id)
        for of, to in waiting:
            self._told.owe(to, await self._offer(to, of=of, codecs=self._agreed_with(to)))

    async def _offer_to_nobody(self, leg_id: LegId) -> None:
        """Let one who is joined with nobody hear something: a stream needs two ends."""
        told = self._told.told(leg_id)
        if told is None or not self._told.has_said(leg_id):
            return
        silence = LegId(f"{leg_id}-nobody")
        await self._offer(silence, of=leg_id, codecs=self._agreed_with(leg_id))
        answer = await self._answer(silence, of=leg_id, sdp=nobody(told, self._address))
        self._told.owe(leg_id, answer)

    def _agreed_with(self, leg_id: LegId) -> Sequence[str]:
        told = self._told.told(leg_id)
        audio = parse_sdp(told).audio if told is not None else None
        return audio.codecs if audio else self._codecs

    async def _offer(self, to: LegId, *, of: LegId, codecs: Sequence[str]) -> str:
        has_said = self._told.has_said(of)
        sdp = self._told.said_by(of) if has_said else late_offer(self._address, self._codecs[:1])
        return await self._relay.offer(
            from_tag=of,
            # Not known yet. Without it rtpengine would take a leg that offered something
            # once, a transferor who had called, for the one that is placed now.
            to_tag=to,
            via_branch=to,
            sdp=sdp,
            towards=self.protection_of(to),
            codec={"strip": ["all"], "offer": [*dict.fromkeys([*codecs, _EVENTS])]},
        )

    async def _answer(self, by: LegId, *, of: LegId, sdp: str) -> str:
        return await self._relay.answer(
            from_tag=of, to_tag=by, via_branch=by, sdp=sdp, towards=self.protection_of(of)
        )
