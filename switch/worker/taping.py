"""Has one conversation recorded as it wants it, and tells the recorder who is heard when.

What is said to the parties goes through here on its way to be carried out, because each such
moment may change whose ports are whose. A recording that cannot be written ends no call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from switch.call.commands import (
    AnswerLeg,
    Command,
    HangUpLeg,
    JoinLegs,
    MuteLeg,
    PauseRecording,
    StartRecording,
    StopRecording,
    UnmuteLeg,
)
from switch.call.conversation import Conversation
from switch.call.events import LegEvent, RecordingBegan, RecordingCut, RecordingFailed
from switch.call.ids import LegId
from switch.call.roster import Part
from switch.errors import SwitchError
from switch.recording.recorder import NoRoom, Recorder
from switch.recording.tape.line import Side, Why, name_of
from switch.records.of_leg import instant
from switch.wire.nursery import RecordingSettings
from switch.worker.cueing import Cueing, Cues
from switch.worker.room_watch import RoomWatch

_CUSTOMER: Final = "customer"


class DescribedMedia(Protocol):
    """What must be known of the media."""

    @property
    def cues(self) -> Cues:
        """What plays to those who talk."""

    @property
    def rebuilt(self) -> int:
        """How often it was told to another media server, because the one before had died."""

    def said_by(self, leg_id: LegId) -> str | None:
        """Return the description that a leg's party sent last."""

    def told_to(self, leg_id: LegId) -> str | None:
        """Return the description that a leg's party was sent last."""

    def owed_to(self, leg_id: LegId) -> str | None:
        """Return what the leg's party must be told yet."""


class Taping:
    """The recording of one conversation, from the side of its worker."""

    def __init__(
        self,
        recorder: Recorder,
        conversation: Conversation,
        media: DescribedMedia,
        *,
        settings: RecordingSettings,
        perform: Callable[[Command], Awaitable[None]],
        happened: Callable[[LegEvent], None],
        noticed: Callable[[str, SwitchError], None],
    ) -> None:
        """Join what is needed.

        Args:
            recorder: writes it.
            conversation: what is recorded.
            media: knows the descriptions of its legs.
            settings: what it becomes, and what those who talk hear of it.
            perform: carries out what is no matter of recording.
            happened: takes what becomes of it.
            noticed: takes what could not be done, for the log.
        """
        self._recorder = recorder
        self._conversation = conversation
        self._media = media
        self._ending = settings.ending
        self._cueing = Cueing(settings, cues=media.cues, noticed=noticed)
        self._perform = perform
        self._happened = happened
        self._noticed = noticed
        self._rebuilt = 0
        self._room_watch = RoomWatch(recorder.room.is_running_out, self._cut)
        self._known: dict[LegId, tuple[str, str | None, str | None]] = {}

    async def perform(self, command: Command) -> None:
        """Carry out one command, and tell the recorder what it changes."""
        match command:
            case StartRecording():
                self._describe_all()
                is_first = self._recorder.began_s is None
                if await self._start():
                    self._cueing.tell(command, self._talkers(), is_first=is_first)
                else:
                    self._cueing.refused(command.by_key_of, self._talkers())
            case PauseRecording():
                await self._stop(Why.PAUSED)
                self._cueing.tell(command, self._talkers(), is_first=False)
            case StopRecording():
                await self._stop(Why.STOPPED)
                self._cueing.tell(command, self._talkers(), is_first=False)
            case _:
                await self._perform(command)
                await self._performed(command)

    def take_over(self) -> None:
        """Go on with the recording of a worker that has died."""
        self._try(self._recorder.take_over)
        if self._recorder.is_on:
            self._cueing.know(self._conversation.legs)
            self._room_watch.start()

    def left(self, leg_id: LegId) -> None:
        """Note that the dialog of a leg is over."""
        self._try(self._recorder.unheard, leg_id)

    def over(self) -> None:
        """End the recording: the conversation is over, and its media forgotten."""
        self._cueing.close()
        self._room_watch.stop()
        self._try(self._recorder.over)

    async def _performed(self, command: Command) -> None:
        if self._media.rebuilt != self._rebuilt:
            self._rebuilt = self._media.rebuilt
            await self._go_on_elsewhere()
        if self._recorder.began_s is not None:  # When it begins, all are described.
            self._describe_all()
        match command:
            case AnswerLeg(leg_id=one, answered_by=other) | JoinLegs(leg_id=one, peer=other):
                self._try(self._recorder.heard, one)
                self._try(self._recorder.heard, other)
                if self._recorder.is_on:
                    self._cueing.joined(one, other)
            case UnmuteLeg(leg_id=leg_id):
                self._try(self._recorder.heard, leg_id)
            case MuteLeg(leg_id=leg_id) | HangUpLeg(leg_id=leg_id):
                self._try(self._recorder.unheard, leg_id)

    async def _go_on_elsewhere(self) -> None:
        """Record what another media server relays: the one before has died."""
        if self._recorder.is_on:
            await self._stop(Why.LOST)
            self._describe_all()
            await self._start()

    def _describe_all(self) -> None:
        """Tell the recorder whose audio arrives where, as far as that is news."""
        for leg_id, leg in self._conversation.legs.items():
            told = self._media.owed_to(leg_id) or self._media.told_to(leg_id)
            if told is None or leg.is_over:
                continue
            said, rep = self._media.said_by(leg_id), leg.party.rep
            if self._known.get(leg_id) == (told, said, rep):
                continue
            self._known[leg_id] = told, said, rep
            side = Side.LEFT if self._is_left(leg_id) else Side.RIGHT
            try:
                self._recorder.describe(leg_id, side, told=told, said=said, rep=rep)
            except SwitchError as error:
                self._noticed("record", error)

    def _is_left(self, leg_id: LegId) -> bool:
        """Whether it is the customer; among reps, who called."""
        if self._conversation.direction == "internal":
            return leg_id == self._conversation.caller_leg_id
        return self._conversation.legs[leg_id].party.role == _CUSTOMER

    def _talkers(self) -> list[LegId]:
        part_of = self._conversation.part_of
        standing = [leg_id for leg_id, leg in self._conversation.legs.items() if not leg.is_over]
        return [leg_id for leg_id in standing if part_of(leg_id) is Part.TALKER]

    async def _start(self) -> bool:
        caller = self._conversation.caller_leg_id
        try:
            await self._recorder.start()
        except SwitchError as error:
            self._noticed("record", error)
            no_room = isinstance(error, NoRoom)
            self._happened(RecordingFailed(leg_id=caller, no_room=no_room))
            return False
        self._room_watch.start()
        began_s = self._recorder.began_s
        assert began_s is not None
        name = name_of(self._conversation.conversation_id, instant(began_s), self._ending)
        self._happened(RecordingBegan(leg_id=caller, name=name))
        return True

    def _cut(self) -> None:
        """Stop what is recorded: the disk is nearly full."""
        conversation = self._conversation
        why = "it is stopped, for the spool's disk is nearly full"
        error = NoRoom(conversation_id=conversation.conversation_id, why=why)
        self._noticed("record", error)
        self._happened(RecordingCut(leg_id=conversation.caller_leg_id))

    async def _stop(self, why: Why) -> None:
        self._room_watch.stop()
        try:
            await self._recorder.stop(why)
        except SwitchError as error:
            self._noticed("record", error)

    def _try(self, note: Callable[..., None], *about: LegId) -> None:
        try:
            note(*about)
        except SwitchError as error:
            self._noticed("record", error)
