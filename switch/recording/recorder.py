"""Has rtpengine record one conversation, and writes its plan: what a worker uses.

Tell it of every leg from the beginning; nothing is written before :meth:`Recorder.start`.
A pause is right in the file even if rtpengine does not hear of it: the plan leaves it out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from switch.errors import SwitchError
from switch.recording.plan_file import PlanFile, captures_of, plan_path
from switch.recording.room import Room
from switch.recording.tape.line import (
    ConversationOver,
    LegDescribed,
    LegHeard,
    LegUnheard,
    Line,
    RecordingStarted,
    RecordingStopped,
    Side,
    Why,
    decode,
    described,
)
from switch.recording.tape.plan import fold


class CannotRecord(SwitchError):
    """Is a conversation of which nothing can be written."""

    def __init__(self, *, conversation_id: str, why: str) -> None:
        """Keep which conversation it is, and what the system says."""
        super().__init__(conversation_id, why)
        self.conversation_id = conversation_id
        self.why = why

    def __str__(self) -> str:
        """Say which conversation it is, and what the system says."""
        return f"conversation {self.conversation_id} cannot be recorded: {self.why}"


class NoRoom(CannotRecord):
    """Is a conversation for whose recording there is no room."""


class MediaServer(Protocol):
    """What it needs of rtpengine."""

    async def request(self, command: str, **fields: Any) -> dict[str, Any]:
        """Return its answer to a command, or raise a ``SwitchError``."""


class Recorder:
    """The recording of one conversation."""

    def __init__(
        self,
        server: MediaServer,
        spool: Path,
        conversation_id: str,
        *,
        room: Room | None = None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """Prepare a recording; nothing is written.

        Args:
            server: rtpengine.
            spool: the folder that it records to, made by the supervisor.
            conversation_id: its Call-ID there.
            room: what recordings may take there; None: all there is.
            now_s: the clock that it stamps packets with, in seconds since 1970.
        """
        self._server = server
        self._spool = spool
        self._id = conversation_id
        self._now_s = now_s
        self.room = room or Room(spool=spool)
        """What recordings may take there."""
        self._plan: PlanFile | None = None
        self._described: dict[str, LegDescribed] = {}
        self._heard: set[str] = set()
        self.is_on = False
        """Whether what is said now is to be in the file."""
        self.began_s: float | None = None
        """When the recording began, in seconds since 1970; None: it has not."""

    def describe(
        self, leg_id: str, side: Side, *, told: str, said: str | None, rep: str | None = None
    ) -> None:
        """Note where a leg's audio arrives. To be called whenever its party is told something.

        Raises:
            CannotRecord: the plan cannot be written.
            SipParseError: a description cannot be read.
        """
        line = described(leg_id, side, at_s=self._now_s(), told=told, said=said, rep=rep)
        if line is None:
            return
        before = self._described.get(leg_id)
        self._described[leg_id] = line
        if before is None or _without_time(before) != _without_time(line):
            self._append(line)

    def heard(self, leg_id: str) -> None:
        """Note that a leg is heard from now on: it has answered and is not muted.

        Raises:
            CannotRecord: the plan cannot be written.
        """
        if leg_id not in self._heard:
            self._heard.add(leg_id)
            self._append(LegHeard(at_s=self._now_s(), leg_id=leg_id))

    def unheard(self, leg_id: str) -> None:
        """Note that nobody hears a leg any more: it is muted, or over.

        Raises:
            CannotRecord: the plan cannot be written.
        """
        if leg_id in self._heard:
            self._heard.discard(leg_id)
            self._append(LegUnheard(at_s=self._now_s(), leg_id=leg_id))

    def take_over(self) -> None:
        """Go on with the plan of a worker that died, if there is one; rtpengine has gone on.

        Raises:
            CannotRecord: the plan cannot be written.
        """
        try:
            lines = decode(plan_path(self._spool, self._id).read_bytes().splitlines())
            self._plan = PlanFile(self._spool, self._id)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._cannot(error) from error
        plan = fold(lines)
        self.is_on = plan.from_s is not None and plan.to_s is None
        self.began_s = plan.from_s
        self._heard = {
            leg.leg_id for leg in plan.legs if leg.heard and leg.heard[-1].to_s == float("inf")
        }

    async def start(self) -> None:
        """Record from now on; also after a pause, and after rtpengine was started anew.

        Raises:
            NoRoom: there is no room for another recording, or for more of this one.
            CannotRecord: the plan cannot be written, or rtpengine writes no capture.
            MediaError: rtpengine cannot.
        """
        if self.is_on:
            return
        is_new = self.began_s is None
        if (why := self.room.why_no_other() if is_new else self.room.why_not_on()) is not None:
            raise NoRoom(conversation_id=self._id, why=why)
        self._open()
        at_s = self._now_s()
        self._append(RecordingStarted(at_s=at_s))
        if self.began_s is None:
            self.began_s = at_s
        before = self._captures()
        try:
            await self._server.request("start recording", call_id=self._id)
            # One that was not told where to record says ok all the same.
            if self._captures() == before:
                why = f"rtpengine writes nothing: it needs --recording-dir={self._spool.absolute()}"
                raise CannotRecord(conversation_id=self._id, why=why)
        except SwitchError:
            self._append(RecordingStopped(at_s=self._now_s(), why=Why.STOPPED))
            raise
        self.is_on = True

    async def stop(self, why: Why) -> None:
        """Record nothing from now on.

        Raises:
            CannotRecord: the plan cannot be written.
            MediaError: rtpengine cannot; it is not in the file all the same.
        """
        if not self.is_on:
            return
        self.is_on = False
        try:
            self._append(RecordingStopped(at_s=self._now_s(), why=why))
        finally:
            # A dead one writes nothing, and the one in its place does not know the call.
            if why is not Why.LOST:
                await self._server.request("stop recording", call_id=self._id)

    def over(self) -> None:
        """End the plan: to be called when rtpengine has been told to forget the call.

        Raises:
            CannotRecord: the plan cannot be written.
        """
        self._append(ConversationOver(at_s=self._now_s()))
        self.is_on = False
        self.close()

    def close(self) -> None:
        """Let go of the plan without ending it; rtpengine goes on."""
        if self._plan is not None:
            self._plan.close()
            self._plan = None

    def _captures(self) -> set[Path]:
        return set(captures_of(self._spool, self._id))

    def _open(self) -> None:
        """Begin the plan with what is known by now."""
        if self._plan is not None:
            return
        try:
            self._plan = PlanFile(self._spool, self._id)
        except OSError as error:
            raise self._cannot(error) from error
        for line in self._described.values():
            self._append(line)
        for leg_id in sorted(self._heard):
            self._append(LegHeard(at_s=self._now_s(), leg_id=leg_id))

    def _append(self, line: Line) -> None:
        if self._plan is None:
            return
        try:
            self._plan.append(line)
        except OSError as error:
            raise self._cannot(error) from error

    def _cannot(self, error: OSError) -> CannotRecord:
        return CannotRecord(conversation_id=self._id, why=error.strerror or str(error))


def _without_time(line: LegDescribed) -> tuple[object, ...]:
    return line.side, line.port, line.remote_port, line.formats, line.rep
