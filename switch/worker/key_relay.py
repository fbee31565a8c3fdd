"""The keys of one conversation, as far as rtpengine passes them on.

RFC 4733 events pass from leg to leg as audio does, under whatever payload type the other side
wants. Of a leg whose keys are kept, none pass (``block DTMF``, which costs nothing): they are told
of all the same, and those that mean nothing to us are pressed in its name. rtpengine can do that in
a stream that it decodes: so only in a conversation in which a kept key was pressed, from the first
one on, which costs as much as transcoding. It cannot (10.5) where the one who offered speaks
something else than the other: there all keys pass, codes too.

rtpengine 10.5 presses into the stream of the payload type that came most, as it counts; once some
keys were pressed that may be the one of the events, and then nothing comes of it. It takes the
right one all the same as soon as an event has come since the exchange that opened the streams. So
they are opened with the first key, code or not: whatever follows brings its own events along.

To who hears keys as tones, 10.5 lets a key get lost that is pressed before the first packet since
that exchange, and says that all is well: so the first one waits for some packets. One who offered
events, and was answered by somebody who knows none and is not said to want tones (``dtmf``), has
all keys lost that are pressed for him.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final

from switch.call.ids import LegId
from switch.media.ng import MediaError
from switch.worker.moving import OpenToKeys, PressKey
from switch.worker.offers import Offers
from switch.worker.relay import Relay

_LEAST_MS: Final = 100
_MOST_MS: Final = 5000
"""How long rtpengine can hold a key down."""
_OPENED_S: Final = 0.1
"""As a rule the end of a key, which is sent three times, and some audio come within this."""
_NO_PACKET_YET: Final = "SSRC"
"""In what rtpengine says if it has had no packet of the leg since the exchange: they come soon."""
_PAUSES_S: Final = (0.03, 0.06, 0.12, 0.24)


class KeyRelay:
    """What rtpengine has been told of the keys of each leg."""

    def __init__(self, relay: Relay, offers: Offers) -> None:
        """Let all keys pass."""
        self._relay = relay
        self._offers = offers
        self._kept: set[LegId] = set()
        self._joined: set[LegId] = set()
        """Whose keys are kept, and who is joined with somebody for whom they can be pressed."""
        self._muted: set[LegId] = set()
        self._blocked: set[LegId] = set()

    def keep(self, leg_id: LegId) -> None:
        """Note that the keys of a leg shall not pass, from when it is joined on."""
        self._kept.add(leg_id)

    def are_kept(self, leg_id: LegId) -> bool:
        """Whether those of a leg that talks do not pass by themselves."""
        return leg_id in self._joined

    def was_muted(self, leg_id: LegId) -> None:
        """Take over a leg that another worker has muted, whose keys pass no more."""
        self._muted.add(leg_id)
        self._blocked.add(leg_id)

    async def mute(self, leg_id: LegId) -> None:
        """Let no keys pass of a leg that nobody hears: rtpengine mutes its audio only.

        Raises:
            MediaError: rtpengine cannot.
        """
        self._muted.add(leg_id)
        await self._settle(leg_id)

    async def unmute(self, leg_id: LegId) -> None:
        """Let the keys of a leg pass again, unless they are kept.

        Raises:
            MediaError: rtpengine cannot.
        """
        self._muted.discard(leg_id)
        await self._settle(leg_id)

    async def join(self, one: LegId, other: LegId) -> None:
        """Let the keys of two who are joined pass, or not.

        Raises:
            MediaError: rtpengine cannot.
        """
        for leg_id, peer in ((one, other), (other, one)):
            if leg_id in self._kept and self._offers.can_press(leg_id, peer):
                self._joined.add(leg_id)
            else:
                self._joined.discard(leg_id)
            await self._settle(leg_id)

    async def rebuild(self, standing: Collection[LegId]) -> None:
        """Let a server that was started anew know what it must not pass.

        Raises:
            MediaError: rtpengine cannot.
        """
        for legs in (self._joined, self._muted, self._blocked):
            legs &= set(standing)
        for leg_id in self._blocked:
            await self._block(leg_id)

    async def perform(self, command: PressKey | OpenToKeys) -> None:
        """Carry out what a leg's keys want.

        Raises:
            MediaError: rtpengine cannot.
        """
        match command:
            case OpenToKeys(leg_id=leg_id, peer=peer):
                await self.open(leg_id, peer)
            case PressKey(leg_id=leg_id, peer=peer, digit=digit, lasted_s=lasted_s):
                await self.press(leg_id, peer, digit, lasted_s=lasted_s)

    async def open(self, leg_id: LegId, peer: LegId) -> None:
        """Make ready to press keys of a leg for its peer.

        Raises:
            MediaError: rtpengine cannot.
        """
        await self._offers.open_to_keys(leg_id, peer)

    async def press(self, leg_id: LegId, peer: LegId, digit: str, *, lasted_s: float = 0.0) -> None:
        """Let a peer have a key of a leg: as an event, or as tones if it knows none.

        Raises:
            MediaError: rtpengine cannot.
        """
        if await self._offers.open_to_keys(leg_id, peer):
            await asyncio.sleep(_OPENED_S)
        held_ms = min(max(round(lasted_s * 1000), _LEAST_MS), _MOST_MS)
        for pause_s in (*_PAUSES_S, None):
            try:
                await self._relay.ask("play DTMF", from_tag=leg_id, code=digit, duration=held_ms)
            except MediaError as error:
                if pause_s is None or _NO_PACKET_YET not in error.why:
                    raise
                await asyncio.sleep(pause_s)
            else:
                return

    async def _settle(self, leg_id: LegId) -> None:
        is_blocked = leg_id in self._blocked
        if is_blocked == (leg_id in self._joined or leg_id in self._muted):
            return
        if is_blocked:
            await self._relay.ask("unblock DTMF", from_tag=leg_id)
        else:
            await self._block(leg_id)
        self._blocked ^= {leg_id}

    async def _block(self, leg_id: LegId) -> None:
        # Tones that nobody wants as events are only looked for if they are to be silenced.
        how = {"DTMF-security": "silence"} if self._offers.sends_tones(leg_id) else {}
        await self._relay.ask("block DTMF", from_tag=leg_id, **how)
