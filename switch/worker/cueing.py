"""Cues: short sounds in the middle of a talk, which say what becomes of its recording.

A recording that is announced is announced to everybody: who joins the talk later hears the beep.

While one hears a cue, he does not hear the other: two streams at once would be noise to a phone.
What the other says meanwhile is recorded all the same.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from switch.call.commands import PauseRecording, StartRecording, StopRecording
from switch.call.ids import LegId
from switch.errors import SwitchError
from switch.media.ng import MediaError
from switch.wire.nursery import Confirmations, RecordingSettings
from switch.worker.relay import Relay

Wish = StartRecording | PauseRecording | StopRecording


class Cues:
    """Plays to those who talk."""

    def __init__(
        self, relay: Relay, *, muted: AbstractSet[LegId], music: Collection[LegId]
    ) -> None:
        """Play nothing yet.

        Args:
            relay: the media server.
            muted: whom nobody hears, as it is just now.
            music: who hears music instead of somebody, as it is just now.
        """
        self._relay = relay
        self._muted = muted
        self._music = music
        self._one_at_a_time = asyncio.Lock()

    async def play(self, file: str, to: Mapping[LegId, LegId]) -> None:
        """Play a sound once to some, each in the place of his peer; returns when it is over.

        Raises:
            MediaError: rtpengine cannot, for instance because it cannot read the file.
        """
        async with self._one_at_a_time:
            pairs = {one: peer for one, peer in to.items() if one not in self._music}
            hushed = [peer for peer in pairs.values() if peer not in self._muted]
            try:
                for peer in hushed:
                    await self._relay.ask("block media", from_tag=peer)
                lasts_s = [await self._play(one, file) for one in pairs]
            except MediaError:
                with contextlib.suppress(MediaError):
                    await self._let_talk(hushed)
                raise
            await asyncio.sleep(max(lasts_s, default=0.0))
            await self._let_talk(hushed)

    async def _let_talk(self, hushed: Sequence[LegId]) -> None:
        for leg_id in hushed:
            # Whoever was muted meanwhile stays so.
            if leg_id not in self._muted:
                await self._relay.ask("unblock media", from_tag=leg_id)

    async def _play(self, leg_id: LegId, file: str) -> float:
        answer = await self._relay.ask("play media", from_tag=leg_id, file=file, repeat_times=1)
        lasts_ms = answer.get("duration")
        if not isinstance(lasts_ms, int) or lasts_ms <= 0:
            # It would cut the talk for who knows how long.
            await self._relay.ask("stop media", from_tag=leg_id)
            raise MediaError(command="play media", why=f"nobody knows how long {file} lasts")
        return lasts_ms / 1000


class Cueing:
    """Lets those who talk know what becomes of the recording, as the operator wants it."""

    def __init__(
        self,
        settings: RecordingSettings,
        *,
        cues: Cues,
        noticed: Callable[[str, SwitchError], None],
    ) -> None:
        """Keep what plays, and who is told what could not be played."""
        self._settings = settings
        self._cues = cues
        self._noticed = noticed
        self._playing: set[asyncio.Task[None]] = set()
        self._know: set[LegId] = set()
        """Who has heard that he is recorded."""

    def tell(self, done: Wish, talkers: Sequence[LegId], *, is_first: bool) -> None:
        """Let them hear what was done, if two talk; nobody waits until they have heard it.

        Args:
            done: what was done.
            talkers: who talks just now.
            is_first: whether the recording began only now, and goes not on after a pause.
        """
        if len(talkers) != 2:  # noqa: PLR2004
            return
        one, other = talkers
        pairs = {one: other, other: one}
        if isinstance(done, StartRecording) and self._settings.announcement:
            file = self._settings.announcement if is_first else self._settings.beep
            self.know(talkers)
        elif self._settings.confirmations is not None and done.by_key_of in pairs:
            file = _confirmation(done, self._settings.confirmations)
            pairs = {leg_id: pairs[leg_id] for leg_id in pairs if leg_id == done.by_key_of}
        else:
            return
        self._begin(file, pairs)

    def know(self, legs: Iterable[LegId]) -> None:
        """Note who knows already that he is recorded."""
        self._know.update(legs)

    def joined(self, one: LegId, other: LegId) -> None:
        """Let those of two hear that they are recorded who do not know it, if it is announced.

        The other's voice does not reach him as long as the beep; the other hears no gap.
        """
        if not self._settings.announcement:
            return
        pairs = {one: other, other: one}
        new = {leg_id: peer for leg_id, peer in pairs.items() if leg_id not in self._know}
        self.know(new)
        if new:
            self._begin(self._settings.beep, new)

    def refused(self, by_key_of: LegId | None, talkers: Sequence[LegId]) -> None:
        """Let the rep hear whose key has started nothing: the cue of what is not recorded."""
        self.tell(StopRecording(by_key_of=by_key_of), talkers, is_first=False)

    def _begin(self, file: str, pairs: Mapping[LegId, LegId]) -> None:
        playing = asyncio.create_task(self._play(file, pairs), name="play a cue")
        self._playing.add(playing)
        playing.add_done_callback(self._playing.discard)

    def close(self) -> None:
        """Play nothing any more: the conversation is over."""
        for playing in self._playing:
            playing.cancel()

    async def _play(self, file: str, to: Mapping[LegId, LegId]) -> None:
        try:
            await self._cues.play(file, to)
        except MediaError as error:
            self._noticed("cue", error)


def _confirmation(done: Wish, files: Confirmations) -> str:
    match done:
        case StartRecording():
            return files.recorded
        case PauseRecording():
            return files.paused
        case StopRecording():
            return files.unrecorded
