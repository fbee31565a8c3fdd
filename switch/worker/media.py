"""The session descriptions of one conversation's legs, passed through rtpengine.

rtpengine knows the conversation by its id and each leg by a tag, its leg id. A leg is
offered another leg's description (:meth:`Media.offer`); when it answers, its own is
handed to that other leg (:meth:`Media.accept`).

The server may know more than a phone has been told: who answered and is joined with nobody
yet is known to it, so that he can hear something, and his answer is nobody's business.

Two flags keep a transferee's phone out of a transfer. ``port-latching``: rtpengine keeps
the ports that it showed him, whoever comes on the other side. ``via-branch``: each target
is a branch of its own, so that the transferor's is still whole if the target fails.
Without them the transferee would need a re-INVITE each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

from switch.call.commands import Prompt
from switch.call.ids import ConversationId, LegId
from switch.sip.sdp import late_offer, parse_sdp
from switch.wire.nursery import Prompts
from switch.worker.descriptions import answer_to, continued, nameless, same_media, with_direction
from switch.worker.ng import MediaError

_EVENTS: Final = "telephone-event"
_FOREVER: Final = 1_000_000


class MediaServer(Protocol):
    """What the media server must be able to do: answer one request with one object."""

    async def request(self, command: str, **fields: Any) -> dict[str, Any]:
        """Return its answer, or raise ``MediaError``."""


class Media:
    """The media of one conversation."""

    def __init__(
        self,
        server: MediaServer,
        *,
        conversation_id: ConversationId,
        address: str,
        codecs: Sequence[str],
        music: str,
        prompts: Prompts,
    ) -> None:
        """Prepare the media of a conversation; nothing is asked of the server yet.

        Args:
            server: rtpengine, or what passes the same contract.
            conversation_id: the name rtpengine knows it by.
            address: an address of ours, for the description of a late offer.
            codecs: what may be offered, best first.
            music: the file that is music on hold; any that ffmpeg reads.
            prompts: the files that are played once.
        """
        self._server = server
        self._id = conversation_id
        self._address = address
        self._codecs = tuple(codecs)
        self._music = music
        self._prompts = prompts
        self._remote: dict[LegId, str] = {}
        self._told: dict[LegId, str] = {}
        self._offered_by: dict[LegId, LegId] = {}
        self._unanswered: set[LegId] = set()
        """Who was offered something, and whose answer the server has not been given."""
        self._playing: set[LegId] = set()
        self._known = False

    def told_by(self, leg_id: LegId, sdp: str | None) -> bool:
        """Keep the description that a leg's party sent, if it sent one.

        Returns whether its media goes elsewhere than before.
        """
        if sdp is None:
            return False
        before, self._remote[leg_id] = self._remote.get(leg_id), sdp
        return not same_media(before, sdp)

    def has_description_of(self, leg_id: LegId) -> bool:
        """Whether the leg's party has said where its media goes."""
        return leg_id in self._remote

    def said_by(self, leg_id: LegId) -> str | None:
        """Return the description that the leg's party sent last."""
        return self._remote.get(leg_id)

    def restore(self, leg_id: LegId, *, said: str, told: str) -> None:
        """Take over a leg that the server knows already."""
        self._remote[leg_id], self._told[leg_id] = said, told
        self._known = True

    def told_to(self, leg_id: LegId) -> str | None:
        """Return the description that the leg's party was sent last."""
        return self._told.get(leg_id)

    def now_told(self, leg_id: LegId, sdp: str) -> None:
        """Note that a leg's party has taken the description that :meth:`join` returned."""
        self._told[leg_id] = sdp

    async def offer(self, to: LegId, *, of: LegId, keep_codecs: bool) -> str:
        """Return the description to offer to one leg for the media of another.

        Args:
            to: the leg that is about to be placed.
            of: the leg whose media it shall get.
            keep_codecs: offer only what that leg has agreed to already. It hears somebody
                or something then, so the new leg is muted until :meth:`join`: some phones
                send before they answer.

        Raises:
            MediaError: rtpengine cannot.
        """
        sdp = self._remote.get(of) or late_offer(self._address, self._codecs[:1])
        agreed = parse_sdp(self._told[of]).audio if keep_codecs else None
        codecs = agreed.codecs if agreed else self._codecs
        answer = await self._ask(
            "offer",
            from_tag=of,
            # Not known yet. Without it rtpengine would take a leg that offered something
            # once, a transferor who had called, for the one that is placed now.
            to_tag=to,
            via_branch=to,
            sdp=sdp,
            transport_protocol="RTP/AVP",
            codec={"strip": ["all"], "offer": [*dict.fromkeys([*codecs, _EVENTS])]},
        )
        self._offered_by[to] = of
        self._unanswered.add(to)
        self._told[to] = answer["sdp"]
        if keep_codecs:
            await self.mute(to)
        return self._told[to]

    async def accept(self, by: LegId) -> tuple[LegId, str, bool]:
        """Take the answer of a leg to the media that it was offered.

        Returns:
            The leg whose media it was, the description that tells that leg of the
            answer, and whether it differs from what it was told before.

        Raises:
            MediaError: rtpengine cannot.
        """
        of, sdp = await self._take_answer(by)
        before, self._told[of] = self._told.get(of), sdp
        return of, sdp, not same_media(before, sdp)

    async def join(self, leg_id: LegId, peer: LegId) -> str | None:
        """Let two legs hear each other; returns a description if the first needs a re-INVITE.

        When its phone has taken it, :meth:`now_told` is to be called.

        Raises:
            MediaError: rtpengine cannot.
        """
        if self._offered_by.get(peer) != leg_id:
            await self._reoffer(leg_id, peer)
        _of, sdp = await self._take_answer(peer)
        await self.stop_music(leg_id)
        await self.unmute(leg_id)
        await self.unmute(peer)
        told = self._told.get(leg_id)
        return None if same_media(told, sdp) else continued(told, sdp)

    async def mute(self, leg_id: LegId) -> None:
        """Let nobody hear a leg.

        Raises:
            MediaError: rtpengine cannot.
        """
        await self._ask("block media", from_tag=leg_id)

    async def unmute(self, leg_id: LegId) -> None:
        """Let its peer hear a leg again.

        Raises:
            MediaError: rtpengine cannot.
        """
        await self._ask("unblock media", from_tag=leg_id)

    async def reinvited(self, leg_id: LegId, peer: LegId | None) -> str:
        """Return the answer to a leg's re-INVITE; the peer is not disturbed.

        Raises:
            MediaError: rtpengine cannot.
        """
        direction = answer_to(parse_sdp(self._must_have_said(leg_id)).direction)
        told = self._told[leg_id]
        if peer is None or not self.has_description_of(peer):
            answer = told
        else:
            answer = await self.moved(leg_id, peer)
        self._told[leg_id] = continued(told, with_direction(answer, direction))
        return self._told[leg_id]

    async def moved(self, leg_id: LegId, peer: LegId) -> str:
        """Tell the server where a leg's media goes now; returns what it would tell the leg.

        Raises:
            MediaError: rtpengine cannot.
        """
        await self._ask("offer", from_tag=leg_id, to_tag=peer, sdp=self._must_have_said(leg_id))
        answer = await self._ask(
            "answer", from_tag=leg_id, to_tag=peer, sdp=self._must_have_said(peer)
        )
        return str(answer["sdp"])

    async def play_music(self, leg_id: LegId) -> None:
        """Play music on hold to a leg, over and over.

        Raises:
            MediaError: rtpengine cannot, for instance because it cannot read the file.
        """
        await self._play(leg_id, file=self._music, repeat_times=_FOREVER)

    async def play_prompt(self, leg_id: LegId, prompt: Prompt) -> float | None:
        """Play a prompt to a leg once, in the place of what it hears.

        Returns:
            How long it lasts, in seconds; None if that is not known of the file.

        Raises:
            MediaError: rtpengine cannot, for instance because it cannot read the file.
        """
        if leg_id in self._unanswered:
            await self._take_answer(leg_id)
        file = getattr(self._prompts, prompt.value)
        lasts_ms = (await self._play(leg_id, file=file, repeat_times=1)).get("duration")
        return lasts_ms / 1000 if isinstance(lasts_ms, int) and lasts_ms > 0 else None

    async def stop_music(self, leg_id: LegId) -> None:
        """Stop whatever plays to a leg, if anything does.

        Raises:
            MediaError: rtpengine cannot.
        """
        # rtpengine refuses to stop what does not play; a call must not end for want of music.
        if leg_id in self._playing:
            self._playing.discard(leg_id)
            await self._ask("stop media", from_tag=leg_id)

    async def _play(self, leg_id: LegId, **what: Any) -> dict[str, Any]:
        answer = await self._ask("play media", from_tag=leg_id, **what)
        self._playing.add(leg_id)
        return answer

    async def forget(self) -> None:
        """Give back the ports of the conversation.

        Raises:
            MediaError: rtpengine cannot; it forgets by itself when no audio comes.
        """
        if self._known:
            await self._ask("delete", delete_delay=0)

    def _must_have_said(self, leg_id: LegId) -> str:
        """Return the description that a leg's party sent last.

        Raises:
            MediaError: it has sent none.
        """
        if leg_id not in self._remote:
            raise MediaError(command="describe", why=f"leg {leg_id} has said nothing of itself")
        return self._remote[leg_id]

    async def _reoffer(self, leg_id: LegId, peer: LegId) -> None:
        """Make the peer the one that the leg's media is offered to, as it once was."""
        await self._ask(
            "offer", from_tag=leg_id, to_tag=peer, via_branch=peer, sdp=self._must_have_said(leg_id)
        )
        self._offered_by[peer] = leg_id

    async def _take_answer(self, by: LegId) -> tuple[LegId, str]:
        """Let the server know a leg's answer; returns whose media it was, and what he'd be told."""
        of = self._offered_by[by]
        answer = await self._ask(
            "answer", from_tag=of, to_tag=by, via_branch=by, sdp=self._must_have_said(by)
        )
        self._unanswered.discard(by)
        return of, answer["sdp"]

    async def _ask(self, command: str, **fields: Any) -> dict[str, Any]:
        if "sdp" in fields:
            fields |= {
                "replace": ["origin"],
                "sdp": nameless(fields["sdp"]),
                "ICE": "remove",
                "rtcp-mux": ["demux"],
                "flags": ["port-latching"],
            }
        answer = await self._server.request(command, call_id=self._id, **fields)
        self._known = True
        return answer
