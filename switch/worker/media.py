"""The session descriptions of one conversation's legs, passed through rtpengine.

rtpengine knows the conversation by its id and each leg by a tag, its leg id. A leg is offered
another's description (:meth:`Media.offer`); its answer is handed to that other (`accept`).

The server may know more than a phone has been told: who answered and is joined with nobody yet
is known to it, so that he can hear something, and his answer is nobody's business.

Two flags keep a transferee's phone out of a transfer, which would need a re-INVITE each time.
``port-latching``: rtpengine keeps the ports that it showed him, whoever comes on the other side.
``via-branch``: each target is a branch of its own, so that the transferor's is whole if it fails.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from switch.call.commands import Prompt
from switch.call.ids import ConversationId, LegId
from switch.call.target import MediaPolicy
from switch.sip.sdp import parse_sdp
from switch.wire.nursery import Prompts
from switch.worker.codecs import Codecs
from switch.worker.cueing import Cues
from switch.worker.descriptions import answer_to, continued, is_less, same_media, with_direction
from switch.worker.key_relay import KeyRelay
from switch.worker.listening import Heard, heard_in
from switch.worker.offers import Offers
from switch.worker.protection import is_encrypted
from switch.worker.relay import MediaServer, Relay
from switch.worker.told import Told

_FOREVER: Final = 1_000_000


class Media:
    """The media of one conversation."""

    def __init__(
        self,
        server: MediaServer,
        *,
        conversation_id: ConversationId,
        address: str,
        codecs: Sequence[str],
        transcode: bool = True,
        music: str,
        territory_music: Mapping[str, str] = MappingProxyType({}),
        prompts: Prompts,
    ) -> None:
        """Prepare the media of a conversation; nothing is asked of the server yet.

        Args:
            server: rtpengine, or what passes the same contract.
            conversation_id: the name rtpengine knows it by.
            address: an address of ours, for the description of a late offer.
            codecs: what may be offered, best first, to whom the operator sets nothing else.
            transcode: whether rtpengine may turn one codec into another.
            music: the file that is music on hold; any that ffmpeg reads.
            territory_music: the files of territories that have their own, by name.
            prompts: the files that are played once.
        """
        self._relay = Relay(server, conversation_id)
        self.is_lost = self._relay.has_lost_it
        self._told = Told()
        self._codecs = Codecs(self._told, codecs=codecs, transcode=transcode)
        self._offers = Offers(self._relay, self._told, self._codecs, address=address)
        self.keys: Final = KeyRelay(self._relay, self._offers)
        self._music = music
        self._prompts = prompts
        self._playing: set[LegId] = set()
        self._territory_music = territory_music
        self._to_hear_music: dict[LegId, str | None] = {}
        """Who is to hear music, whether or not the server could, and whose."""
        self._muted: set[LegId] = set()
        self.cues: Final = Cues(self._relay, muted=self._muted, music=self._to_hear_music)
        self.rebuilt = 0
        """How often it was told to another server, because the one before had died."""

    def obey(self, leg_id: LegId, policy: MediaPolicy) -> None:
        """Note what the operator has set for a leg: it holds from its first description on."""
        self._codecs.obey(leg_id, policy)

    def told_by(self, leg_id: LegId, sdp: str | None) -> bool:
        """Keep the description that a leg's party sent, if it sent one.

        Returns whether its media goes elsewhere than before.
        """
        return sdp is not None and self._told.says(leg_id, sdp)

    def has_description_of(self, leg_id: LegId) -> bool:
        """Whether the leg's party has said where its media goes."""
        return self._told.has_said(leg_id)

    def said_by(self, leg_id: LegId) -> str | None:
        """Return the description that the leg's party sent last."""
        return self._told.said_by(leg_id) if self._told.has_said(leg_id) else None

    def restore(self, leg_id: LegId, *, said: str, told: str) -> None:
        """Take over a leg that the server knows already: it waits, and nobody hears it."""
        self.keys.was_muted(leg_id)
        self._told.says(leg_id, said)
        self._told.tell(leg_id, told)
        self._relay.is_known()

    def told_to(self, leg_id: LegId) -> str | None:
        """Return the description that the leg's party was sent last."""
        return self._told.told(leg_id)

    def next_to_tell(self, leg_id: LegId, sdp: str) -> str:
        """Return a description as the next of those that the leg's party was told."""
        return self._told.next_to_tell(leg_id, sdp)

    def now_told(self, leg_id: LegId, sdp: str) -> None:
        """Note that a leg's party has taken a description, as :meth:`join` returns it."""
        self._told.tell(leg_id, sdp)

    def owed_to(self, leg_id: LegId) -> str | None:
        """Return what the leg's party must be told: it sends to where nobody listens any more."""
        return self._told.owed(leg_id)

    def is_encrypted(self, leg_id: LegId) -> bool:
        """Whether a leg's audio is, by what it and we have said of it last."""
        said, told = self.said_by(leg_id), self._told.told(leg_id)
        return bool(said and told) and is_encrypted(said or "") and is_encrypted(told or "")

    async def offer(self, to: LegId, *, of: LegId | None, keep_codecs: bool) -> str:
        """Return the description to offer to one leg for the media of another.

        Args:
            to: the leg that is about to be placed.
            of: the leg whose media it shall get; None: nobody's yet.
            keep_codecs: offer only what that leg has agreed to already. It hears somebody
                or something then, so the new leg is muted until :meth:`join`: some phones
                send before they answer.

        Raises:
            MediaError: rtpengine cannot.
        """
        of = LegId(f"{to}-nobody") if of is None else of
        sdp = await self._offers.make(to, of=of, keep_codecs=keep_codecs)
        if keep_codecs:
            await self.mute(to)
        return sdp

    async def accept(self, by: LegId) -> tuple[LegId, str, bool]:
        """Take the answer of a leg to the media that it was offered.

        Returns:
            The leg whose media it was, the description that tells that leg of the
            answer, and whether it differs from what it was told before.

        Raises:
            MediaError: rtpengine cannot.
        """
        of, sdp = await self._offers.take_answer(by)
        sdp = await self._offers.settle(by) or sdp
        await self.keys.join(of, by)
        before = self._told.told(of)
        if self._told.owed(of) is not None:
            # He was told with a 183 of ports that are gone, and the 200 repeats what it said.
            self._told.owe(of, await self._offers.to_offer(of, instead_of=sdp, by=by))
        else:
            self._told.tell(of, sdp)
        return of, sdp, not same_media(before, sdp)

    async def join(self, leg_id: LegId, peer: LegId) -> str | None:
        """Let two legs hear each other; returns a description if the first needs a re-INVITE.

        When its phone has taken it, :meth:`now_told` is to be called.

        Raises:
            MediaError: rtpengine cannot.
        """
        if not self._offers.are_joined(leg_id, peer):
            await self._offers.make_again(peer, of=leg_id)
        in_use = self._codecs.agreed_with(leg_id)
        _of, sdp = await self._offers.take_answer(peer)
        await self.keys.join(leg_id, peer)
        await self.stop_music(leg_id)
        await self.unmute(leg_id)
        await self.unmute(peer)
        told = self._told.told(leg_id)
        if told is not None and is_less(told, sdp, in_use):
            return None
        return continued(told, sdp)

    async def mute(self, leg_id: LegId) -> None:
        """Let nobody hear a leg, nor its keys; ``MediaError`` if rtpengine cannot."""
        self._muted.add(leg_id)
        await self._relay.ask("block media", from_tag=leg_id)
        await self.keys.mute(leg_id)

    async def unmute(self, leg_id: LegId) -> None:
        """Let its peer hear a leg again; ``MediaError`` if rtpengine cannot."""
        self._muted.discard(leg_id)
        await self._relay.ask("unblock media", from_tag=leg_id)
        await self.keys.unmute(leg_id)

    async def reinvited(self, leg_id: LegId, peer: LegId | None) -> str:
        """Return the answer to a leg's re-INVITE; the peer is not disturbed.

        Raises:
            MediaError: rtpengine cannot.
        """
        direction = answer_to(parse_sdp(self._told.said_by(leg_id)).direction)
        told = self._told.told(leg_id)
        assert told is not None
        if peer is None or not self.has_description_of(peer):
            answer = self._told.owed(leg_id) or told
        else:
            answer = await self._offers.moved(leg_id, peer)
        answer = continued(told, with_direction(answer, direction))
        self._told.told_anew(leg_id, answer)
        return answer

    async def answered(self, leg_id: LegId, peer: LegId) -> None:
        """Tell the server what a leg has answered to an offer of ours in its dialog.

        Raises:
            MediaError: rtpengine cannot.
        """
        await self._offers.answered(leg_id, peer)

    async def play_music(self, leg_id: LegId, territory: str | None = None) -> None:
        """Play music on hold to a leg, over and over: a territory's, or what it heard last.

        ``MediaError`` if rtpengine cannot, for instance because it cannot read the file.
        """
        whose = self._to_hear_music[leg_id] = territory or self._to_hear_music.get(leg_id)
        file = self._territory_music.get(whose or "", self._music)
        await self._play(leg_id, file=file, repeat_times=_FOREVER)

    async def play_prompt(self, leg_id: LegId, prompt: Prompt) -> float | None:
        """Play a prompt to a leg once, in the place of what it hears.

        Returns:
            How long it lasts, in seconds; None if that is not known of the file.

        Raises:
            MediaError: rtpengine cannot, for instance because it cannot read the file.
        """
        self._to_hear_music.pop(leg_id, None)
        if self._offers.waits_for(leg_id):
            await self._offers.take_answer(leg_id)
        file = getattr(self._prompts, prompt.value)
        lasts_ms = (await self._play(leg_id, file=file, repeat_times=1)).get("duration")
        return lasts_ms / 1000 if isinstance(lasts_ms, int) and lasts_ms > 0 else None

    async def play_ringing(self, leg_id: LegId) -> None:
        """Play to a leg that was called first that it rings; ``MediaError`` if rtpengine cannot."""
        if self._offers.waits_for(leg_id):
            await self._offers.take_answer(leg_id)
        await self._play(leg_id, file=self._prompts.ringing, repeat_times=_FOREVER)

    async def stop_music(self, leg_id: LegId) -> None:
        """Stop whatever plays to a leg, if anything does; ``MediaError`` if rtpengine cannot."""
        self._to_hear_music.pop(leg_id, None)
        # rtpengine refuses to stop what does not play; a call must not end for want of music.
        if leg_id in self._playing:
            self._playing.discard(leg_id)
            await self._relay.ask("stop media", from_tag=leg_id)

    async def _play(self, leg_id: LegId, **what: Any) -> dict[str, Any]:
        answer = await self._relay.ask("play media", from_tag=leg_id, **what)
        self._playing.add(leg_id)
        return answer

    async def rebuild(self, standing: Collection[LegId]) -> list[LegId]:
        """Let a server that was started anew know the legs that stand.

        Whose phone sends to ports that are gone is owed a description (:meth:`owed_to`).

        Returns:
            Who is to hear music: it does not play yet.

        Raises:
            MediaError: rtpengine cannot.
        """
        self._playing.clear()
        # What an offer may have made there since knows one half of it.
        await self._relay.forget()
        await self._offers.rebuild(standing)
        await self.keys.rebuild(standing)
        self.rebuilt += 1
        for leg_id in self._muted.intersection(standing):
            await self.mute(leg_id)
        return [leg_id for leg_id in standing if leg_id in self._to_hear_music]

    async def heard(self) -> dict[LegId, Heard]:
        """Return what is known of the audio of each leg; ``MediaError`` if it cannot be asked."""
        return heard_in(await self._relay.query())

    async def forget(self) -> None:
        """Give back its ports; ``MediaError`` if it cannot: it does by itself without audio."""
        await self._relay.forget()
