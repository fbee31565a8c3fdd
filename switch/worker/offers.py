"""Who was offered whose media: the exchanges that rtpengine has carried, to be made anew at need.

A server that was started anew knows none of them. :meth:`Offers.rebuild` makes those between
legs that stand once more; whose phone sends to the ports of the dead is owed a description.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from switch.call.ids import LegId
from switch.media.ng import MediaError
from switch.worker.codecs import Codecs
from switch.worker.descriptions import limited, nobody
from switch.worker.exchange import Exchange
from switch.worker.protection import Protection
from switch.worker.relay import Relay
from switch.worker.told import Told


class Offers:
    """The offers and answers of one conversation."""

    def __init__(self, relay: Relay, told: Told, codecs: Codecs, *, address: str) -> None:
        """Begin with nothing offered.

        Args:
            relay: the media server.
            told: the descriptions.
            codecs: what each leg may speak.
            address: an address of ours, for the description of a late offer.
        """
        self._relay = relay
        self._told = told
        self._address = address
        self._codecs = codecs
        self._exchange = Exchange(relay, told, codecs, address=address)
        self._offered_by: dict[LegId, LegId] = {}
        self._open: set[frozenset[LegId]] = set()
        """The pairs in whose streams keys can be pressed: what is open once remains so."""
        self._mixed: set[LegId] = set()
        """Who was offered codecs that the other does not speak, and has not answered."""
        self._unanswered: set[LegId] = set()
        """Who was offered something, and whose answer the server has not been given."""

    def are_joined(self, leg_id: LegId, peer: LegId) -> bool:
        """Whether the peer was last offered that leg's media."""
        return self._offered_by.get(peer) == leg_id

    def waits_for(self, leg_id: LegId) -> bool:
        """Whether the server waits for the answer of a leg."""
        return leg_id in self._unanswered

    async def make(self, to: LegId, *, of: LegId, keep_codecs: bool) -> str:
        """Offer one leg's media to another that is about to be placed.

        Raises:
            MediaError: rtpengine cannot.
        """
        if not self._told.has_said(of):
            spoken = self._codecs.wanted_of(of)[:1]
        elif keep_codecs:
            spoken = self._codecs.agreed_with(of)
        else:
            spoken = self._codecs.spoken_by(of)
        self._exchange.call(to)
        wanted = self._codecs.wanted_of(to)
        sdp = await self._exchange.make(to, of=of, spoken=spoken, wanted=wanted)
        joining = self._codecs.to_join(spoken, wanted, of=of, to=to)
        if "transcode" in joining and not self._codecs.are_turned(of, to):
            self._mixed.add(to)
        self._offered_by[to] = of
        self._unanswered.add(to)
        self._told.offer(to, sdp)
        return sdp

    async def make_again(self, to: LegId, *, of: LegId) -> None:
        """Make one leg the one that another's media is offered to, as it once was.

        Raises:
            MediaError: rtpengine cannot.
        """
        await self._exchange.offer(from_tag=of, to_tag=to, via_branch=to, **self._joining(of, to))
        self._offered_by[to] = of

    def can_press(self, leg_id: LegId, peer: LegId) -> bool:
        """Whether rtpengine can keep the keys of a leg from its peer, and press others for it.

        It cannot (10.5) keep those that it turns from tones to events, or to tones.
        """
        if self._codecs.are_turned(leg_id, peer):
            return False
        is_offerer = self.are_joined(leg_id, peer) and self._told.has_said(leg_id)
        return not is_offerer or self._codecs.share(leg_id, peer)

    async def open_to_keys(self, leg_id: LegId, peer: LegId) -> bool:
        """Have the streams of two decoded, so that keys can be pressed in them.

        Returns:
            Whether they were not yet.

        Raises:
            MediaError: rtpengine cannot.
        """
        pair = frozenset((leg_id, peer))
        if pair in self._open:
            return False
        of, to = (peer, leg_id) if self.are_joined(peer, leg_id) else (leg_id, peer)
        self._relay.flags = ("inject-DTMF",)
        try:
            await self.make_again(to, of=of)
            await self.take_answer(to)
        finally:
            self._relay.flags = ()
        self._open.add(pair)
        return True

    async def take_answer(self, by: LegId) -> tuple[LegId, str]:
        """Let the server know a leg's answer; returns whose media it was, and what he'd be told.

        Raises:
            MediaError: rtpengine cannot.
        """
        of = self._offered_by[by]
        sdp = await self._exchange.answer(by, of=of)
        self._unanswered.discard(by)
        return of, sdp

    async def settle(self, by: LegId) -> str | None:
        """Have the streams relayed as they are if an answer made that possible.

        rtpengine takes whoever was offered a codec to be turned into another for a stream of its
        own, also if he answered with the common one: it discards what phones report by RTCP.

        Returns:
            What the other would be told now; None if nothing had to be asked.

        Raises:
            MediaError: rtpengine cannot.
        """
        of = self._offered_by[by]
        if by not in self._mixed or not self._told.has_said(of):
            return None
        self._mixed.discard(by)
        common = self._codecs.in_common(of, by)
        if not common:
            return None
        offered = limited(self._exchange.known_of(of), common)
        codec = self._codecs.to_join(common, common, of=of, to=by)
        await self._exchange.offer(from_tag=of, to_tag=by, via_branch=by, sdp=offered, codec=codec)
        return await self._exchange.answer(by, of=of)

    def sends_tones(self, leg_id: LegId) -> bool:
        """Whether a leg's keys are tones in its audio."""
        return self._codecs.sends_tones(leg_id)

    async def rebuild(self, standing: Collection[LegId]) -> None:
        """Make all exchanges between these legs anew, in a server that knows none of them.

        Raises:
            MediaError: rtpengine cannot.
        """
        self._open.clear()
        self._exchange.begin_anew()
        heard: set[LegId] = set()
        waiting: list[tuple[LegId, LegId]] = []
        pairs = {
            frozenset((of, to)): (of, to)
            for to, of in self._offered_by.items()
            if of in standing and to in standing
        }
        for of, to in pairs.values():
            if self._are_browsers(of, to):
                why = "two browsers do not find the way to each other again every time"
                raise MediaError(command="rebuild", why=why)
            if to in self._unanswered:
                waiting.append((of, to))
                continue
            heard |= {of, to}
            self._told.owe(to, await self._exchange.make_anew(to, of=of))
            answer = await self._exchange.answer(to, of=of, is_old=True)
            self._told.owe(of, await self.to_offer(of, instead_of=answer, by=to))
        for leg_id in standing:
            if leg_id not in heard and leg_id not in self._unanswered:
                await self._offer_to_nobody(leg_id)
        for of, to in waiting:
            self._told.owe(to, await self._exchange.make_anew(to, of=of))

    async def to_offer(self, leg_id: LegId, *, instead_of: str, by: LegId) -> str:
        """Return what to tell a leg by re-INVITE of which another has answered.

        To a phone without DTLS that is the answer: there an offer says the same. A browser must
        be offered both roles (RFC 8842 §5.3), and what it says then be taken for an answer: in an
        offer its new ICE credentials have rtpengine draw other ones too, which nobody is told.
        """
        if self._exchange.protection_of(leg_id) is not Protection.DTLS:
            return instead_of
        offer = await self._exchange.make_anew(leg_id, of=by)
        await self._exchange.answer(leg_id, of=by, is_old=True)
        return offer

    def _are_browsers(self, *legs: LegId) -> bool:
        return all(self._exchange.protection_of(one) is Protection.DTLS for one in legs)

    def _joining(self, of: LegId, to: LegId) -> dict[str, Any]:
        """Return what to say of one's media to offer it to another who has agreed to some."""
        spoken = self._codecs.agreed_with(of)
        return {
            "sdp": limited(self._exchange.known_of(of), spoken),
            "codec": self._codecs.to_join(spoken, self._codecs.agreed_with(to), of=of, to=to),
        }

    async def answered(self, leg_id: LegId, peer: LegId) -> None:
        """Tell the server what a leg has answered to an offer of ours in its dialog.

        Raises:
            MediaError: rtpengine cannot.
        """
        if self._exchange.protection_of(leg_id) is Protection.DTLS:
            await self._exchange.make_anew(leg_id, of=peer)
            await self._exchange.answer(leg_id, of=peer)
        else:
            await self.moved(leg_id, peer)

    async def moved(self, leg_id: LegId, peer: LegId) -> str:
        """Tell the server where a leg's media goes now; returns what it would tell the leg.

        Raises:
            MediaError: rtpengine cannot.
        """
        spoken = self._codecs.spoken_by(leg_id)
        is_turned = self._codecs.are_turned(leg_id, peer) or not self._codecs.share(leg_id, peer)
        is_browser = self._exchange.protection_of(leg_id) is Protection.DTLS
        # What a browser asks for takes an answer, with one role.
        if is_turned and self._offered_by.get(leg_id) == peer and not is_browser:
            return await self._answered_anew(leg_id, of=peer, spoken=spoken)
        await self._exchange.offer(
            from_tag=leg_id,
            to_tag=peer,
            sdp=limited(self._exchange.news_of(leg_id), spoken),
            codec=self._codecs.to_join(spoken, self._codecs.agreed_with(peer), of=leg_id, to=peer),
        )
        return await self._exchange.answer(peer, of=leg_id, is_branch=False)

    async def _answered_anew(self, by: LegId, *, of: LegId, spoken: Sequence[str]) -> str:
        """Take another answer of one who speaks something else than the other.

        As an offer it would be given other payload types on its way than the other once named.
        """
        said = self._exchange.said_by(by)
        joining = self._joining(of, by)
        joining["codec"] = self._codecs.to_join(self._codecs.agreed_with(of), spoken, of=of, to=by)
        offer = await self._exchange.offer(
            from_tag=of,
            to_tag=by,
            via_branch=by,
            **joining,
        )
        await self._exchange.answer(by, of=of)
        return limited(offer, spoken, like=said)

    async def _offer_to_nobody(self, leg_id: LegId) -> None:
        """Let one who is joined with nobody hear something: a stream needs two ends."""
        told = self._told.told(leg_id)
        if told is None or not self._told.has_said(leg_id):
            return
        silence = LegId(f"{leg_id}-nobody")
        spoken = self._codecs.agreed_with(leg_id)
        await self._exchange.make(silence, of=leg_id, spoken=spoken, wanted=spoken)
        described = nobody(told, self._address)
        answer = await self._exchange.answer(silence, of=leg_id, sdp=described)
        self._told.owe(leg_id, await self.to_offer(leg_id, instead_of=answer, by=silence))
