"""The session descriptions of one conversation's legs, passed through rtpengine.

rtpengine knows the conversation by its id and each leg by a tag, its leg id. A leg is
offered another leg's description (:meth:`Media.offer`); when it answers, its own is
handed to that other leg (:meth:`Media.accept`).

Two flags keep a transferee's phone out of a transfer. ``port-latching``: rtpengine keeps
the ports that it showed him, whoever comes on the other side. ``via-branch``: each target
is a branch of its own, so that the transferor's is still whole if the target fails.
Without them the transferee would need a re-INVITE each time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, Protocol

from switch.call.ids import ConversationId, LegId
from switch.sip.sdp import Direction, late_offer, parse_sdp
from switch.worker.ng import MediaError

_EVENTS: Final = "telephone-event"
_USERNAME: Final = re.compile(r"^o=\S+", re.MULTILINE)
_NAME: Final = re.compile(r"^s=[^\r\n]*", re.MULTILINE)
_FOREVER: Final = 1_000_000
_ORIGIN: Final = re.compile(r"^o=(\S+) (\S+) (\d+)", re.MULTILINE)
_PLACE: Final = re.compile(r"^(?:c|a=rtcp|a=crypto|a=fingerprint)[=:].*", re.MULTILINE)
"""Where a phone is to send, and how encrypted."""
_DIRECTION: Final = re.compile(r"^a=(sendrecv|sendonly|recvonly|inactive)\r\n", re.MULTILINE)
_MIRRORED: Final = {
    Direction.SENDRECV: Direction.SENDRECV,
    Direction.SENDONLY: Direction.RECVONLY,
    Direction.RECVONLY: Direction.SENDONLY,
    Direction.INACTIVE: Direction.INACTIVE,
}
"""What an answer says to each direction of an offer (RFC 3264 §6.1)."""


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
    ) -> None:
        """Prepare the media of a conversation; nothing is asked of the server yet.

        Args:
            server: rtpengine, or what passes the same contract.
            conversation_id: the name rtpengine knows it by.
            address: an address of ours, for the description of a late offer.
            codecs: what may be offered, best first.
            music: the file that is music on hold; any that ffmpeg reads.
        """
        self._server = server
        self._id = conversation_id
        self._address = address
        self._codecs = tuple(codecs)
        self._music = music
        self._remote: dict[LegId, str] = {}
        self._local: dict[LegId, str] = {}
        self._offered_by: dict[LegId, LegId] = {}
        self._on_music: set[LegId] = set()
        self._known = False

    def told_by(self, leg_id: LegId, sdp: str | None) -> None:
        """Keep the description that a leg's party sent, if it sent one."""
        if sdp is not None:
            self._remote[leg_id] = sdp

    def has_description_of(self, leg_id: LegId) -> bool:
        """Whether the leg's party has said where its media goes."""
        return leg_id in self._remote

    def told_to(self, leg_id: LegId) -> str | None:
        """Return the description that the leg's party was sent last."""
        return self._local.get(leg_id)

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
        agreed = parse_sdp(self._local[of]).audio if keep_codecs else None
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
        self._local[to] = answer["sdp"]
        if keep_codecs:
            await self.mute(to)
        return self._local[to]

    async def accept(self, by: LegId) -> tuple[LegId, str, bool]:
        """Take the answer of a leg to the media that it was offered.

        Returns:
            The leg whose media it was, the description that tells that leg of the
            answer, and whether it differs from what it was told before.

        Raises:
            MediaError: rtpengine cannot.
        """
        of = self._offered_by[by]
        answer = await self._ask(
            "answer", from_tag=of, to_tag=by, via_branch=by, sdp=self._said_by(by)
        )
        before, self._local[of] = self._local.get(of), answer["sdp"]
        return of, answer["sdp"], not _same_media(before, answer["sdp"])

    async def join(self, leg_id: LegId, peer: LegId) -> str | None:
        """Let two legs hear each other; returns a description if the first needs a re-INVITE.

        Raises:
            MediaError: rtpengine cannot.
        """
        if self._offered_by.get(peer) != leg_id:
            await self._reoffer(leg_id, peer)
        _of, sdp, changed = await self.accept(peer)
        await self.stop_music(leg_id)
        await self.unmute(leg_id)
        await self.unmute(peer)
        return sdp if changed else None

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
        remote = self._said_by(leg_id)
        direction = _MIRRORED[parse_sdp(remote).direction]
        if peer is None or not self.has_description_of(peer):
            answer = _next_version(self._local[leg_id], direction)
        else:
            await self._ask("offer", from_tag=leg_id, to_tag=peer, sdp=remote)
            said = await self._ask("answer", from_tag=leg_id, to_tag=peer, sdp=self._remote[peer])
            answer = _with_direction(said["sdp"], direction)
        self._local[leg_id] = answer
        return answer

    async def play_music(self, leg_id: LegId) -> None:
        """Play music on hold to a leg, over and over.

        Raises:
            MediaError: rtpengine cannot, for instance because it cannot read the file.
        """
        await self._ask("play media", from_tag=leg_id, file=self._music, repeat_times=_FOREVER)
        self._on_music.add(leg_id)

    async def stop_music(self, leg_id: LegId) -> None:
        """Stop the music of a leg, if it hears any.

        Raises:
            MediaError: rtpengine cannot.
        """
        # rtpengine refuses to stop what does not play; a call must not end for want of music.
        if leg_id in self._on_music:
            self._on_music.discard(leg_id)
            await self._ask("stop media", from_tag=leg_id)

    async def forget(self) -> None:
        """Give back the ports of the conversation.

        Raises:
            MediaError: rtpengine cannot; it forgets by itself when no audio comes.
        """
        if self._known:
            await self._ask("delete", delete_delay=0)

    def _said_by(self, leg_id: LegId) -> str:
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
            "offer", from_tag=leg_id, to_tag=peer, via_branch=peer, sdp=self._said_by(leg_id)
        )
        self._offered_by[peer] = leg_id

    async def _ask(self, command: str, **fields: Any) -> dict[str, Any]:
        if "sdp" in fields:
            fields |= {
                "replace": ["origin"],
                "sdp": _nameless(fields["sdp"]),
                "ICE": "remove",
                "rtcp-mux": ["demux"],
                "flags": ["port-latching"],
            }
        answer = await self._server.request(command, call_id=self._id, **fields)
        self._known = True
        return answer


def _nameless(sdp: str) -> str:
    """Return a description that tells nobody whose it is: phones write numbers and names there."""
    return _NAME.sub("s=-", _USERNAME.sub("o=-", sdp))


def _same_media(before: str | None, after: str) -> bool:
    """Whether two descriptions have a phone send the same to the same place."""
    return before is not None and _gist_of(before) == _gist_of(after)


def _gist_of(sdp: str) -> tuple[object, ...]:
    """Return what matters of a description of rtpengine's.

    It passes on what the other side's phone says of itself, from its name for the call to
    its wish for packets of 30 ms: no reason for a re-INVITE.
    """
    streams = [
        (
            stream.kind,
            stream.port,
            stream.profile,
            stream.direction,
            {(one.payload_type, one.name) for one in stream.formats if one.name in stream.codecs},
        )
        for stream in parse_sdp(sdp).media
    ]
    return streams, sorted(_PLACE.findall(sdp))


def _with_direction(sdp: str, direction: str) -> str:
    return _DIRECTION.sub("", sdp) + f"a={direction}\r\n"


def _next_version(sdp: str, direction: str) -> str:
    """Return the description with its version raised (RFC 3264 §8)."""
    raised = _ORIGIN.sub(lambda found: f"o={found[1]} {found[2]} {int(found[3]) + 1}", sdp, count=1)
    return _with_direction(raised, direction)
