"""One worker: one conversation at a time, between the node, SIP and the media server."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from typing import Final

import structlog

from switch.call.commands import CloseConversation, Command
from switch.call.conversation import Conversation
from switch.call.roster import Timers
from switch.call.endings import REQUEST_TERMINATED, EndReason
from switch.call.errors import UnexpectedEventError
from switch.call.events import LegEnded, LegEvent, ReferReceived
from switch.call.ids import ConversationId, LegId, Moment
from switch.errors import SwitchError
from switch.records.of_leg import record_of
from switch.sip.errors import SipParseError
from switch.sip.sdp import parse_sdp
from switch.wire.errors import WireError
from switch.wire.worker import (
    Changed,
    Expect,
    Expecting,
    FromWorker,
    Leave,
    Level,
    Noticed,
    Ready,
    Refer,
    ReferAnswered,
    ReferReplied,
    Resting,
    ToWorker,
    decode_for_worker,
    encode,
)
from switch.worker.facts import Acknowledged, Answered, Fact, Invited, Provisional, Reinvited
from switch.worker.media import Media
from switch.worker.ng import MediaError, NgClient
from switch.worker.perform import Performer, Surroundings
from switch.wire.nursery import WorkerSettings
from switch.worker.subscription import Subscriptions
from switch.worker.stack import Stack, StackSettings
from switch.worker.translate import event_of

_LOG = structlog.get_logger()
_INVITE_WITHIN_S: Final = 3.0
"""An INVITE that was announced and has not come by then was cancelled on its way."""
_LEAVE_WITHIN_S: Final = 3.0
_NO_DIALOG: Final = 481


def moment() -> Moment:
    """Read both clocks."""
    return Moment(monotonic_s=time.monotonic(), utc_s=time.time())


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _TakeLateAnswer(Command):
    """Tell rtpengine what came with an ACK: a command that the worker gives itself."""

    leg_id: LegId


class Worker:
    """Serves one conversation after another until it is told to leave."""

    def __init__(self, settings: WorkerSettings, *, name: str, port: int) -> None:
        """Prepare a worker; :meth:`run` makes it live."""
        self._settings = settings
        self._name = name
        self._stack = Stack(
            StackSettings(
                address=settings.address,
                port=port,
                domain=settings.domain,
                edge=settings.edge,
            ),
            report=self._fact,
            claim=self._claim,
        )
        self._expected: Expect | None = None
        self._conversation: Conversation | None = None
        self._performer: Performer | None = None
        self._media: Media | None = None
        self._subscriptions = Subscriptions()
        self._commands: asyncio.Queue[Command] = asyncio.Queue()
        self._deadline: asyncio.TimerHandle | None = None
        self._overdue: asyncio.TimerHandle | None = None
        self._had = 0
        self._leaving = False
        self._gone = asyncio.Event()

    # ------------------------------------------------------------ life

    async def run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve until the node says leave, closes the socket, or it is time to be recycled."""
        self._writer = writer
        self._ng = await NgClient.connect(self._settings.ng_host, self._settings.ng_port)
        self._stack.start()
        tasks = [
            asyncio.create_task(self._listen(reader), name="listen to the node"),
            asyncio.create_task(self._carry_out(), name="carry out commands"),
        ]
        self._say(Ready(conversations=0))
        await self._gone.wait()
        for task in tasks:
            task.cancel()
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        self._stack.stop()
        self._ng.close()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        """Read what the node says, until it closes the socket."""
        while True:
            try:
                line = await reader.readuntil(b"\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                break
            except asyncio.LimitOverrunError as error:
                await reader.readexactly(error.consumed)
                self._notice("warning", "worker.line_too_long")
                continue
            try:
                self._told(decode_for_worker(line))
            except WireError as error:
                self._notice("warning", "worker.unreadable", str(error))
        # Without a node no new call comes; the one that is up goes on to its end.
        self._leaving = True
        if self._conversation is None:
            self._gone.set()

    def _told(self, message: ToWorker) -> None:
        match message:
            case Expect():
                self._expect(message)
            case Refer():
                self._refer(message)
            case ReferReplied(refer_id=refer_id):
                self._subscriptions.replied(refer_id)
            case Leave():
                self._leave()

    def _leave(self) -> None:
        self._leaving = True
        if self._conversation is None:
            self._gone.set()
            return
        self._conversation.fail(reason=EndReason.SHUTDOWN, now=moment())
        self._settle()
        asyncio.get_running_loop().call_later(_LEAVE_WITHIN_S, self._gone.set)

    # ------------------------------------------------------------ a conversation begins

    def _expect(self, expect: Expect) -> None:
        self._expected = expect
        loop = asyncio.get_running_loop()
        self._overdue = loop.call_later(_INVITE_WITHIN_S, self._never_came)
        self._say(Expecting(conversation_id=expect.conversation_id))

    def _claim(self, call_id: str) -> LegId | None:
        """Return the caller's leg for the expected INVITE; any other is refused."""
        expected = self._expected
        if expected is None or call_id != expected.call_id or self._conversation is not None:
            self._notice("warning", "worker.unexpected_invite")
            return None
        return self._converse(expected)

    def _converse(self, expected: Expect) -> LegId:
        if self._overdue is not None:
            self._overdue.cancel()
        self._expected = None
        conversation_id = ConversationId(expected.conversation_id)
        self._media = Media(
            self._ng,
            conversation_id=conversation_id,
            address=self._settings.address,
            codecs=self._settings.codecs,
            music=self._settings.music,
        )
        self._conversation = Conversation(
            conversation_id=conversation_id,
            caller=expected.caller,
            presented=expected.presented,
            dialled=expected.dialled,
            target=expected.target,
            timers=Timers(ring_s=expected.ring_s, response_s=expected.response_s),
            now=moment(),
        )
        self._performer = Performer(
            self._stack,
            self._media,
            Surroundings(
                domain=self._settings.domain,
                conversation_id=conversation_id,
                accept_status=self._settings.accept_status,
                response_s=expected.response_s,
            ),
            answer_refer=self._answer_refer,
            subscriptions=self._subscriptions,
            happened=self._happened,
            noticed=self._could_not,
        )
        return self._conversation.caller_leg_id

    def _never_came(self) -> None:
        """Record a call that was given up before its INVITE reached us."""
        expected = self._expected
        if expected is None:
            return
        caller = self._converse(expected)
        conversation = self._conversation
        assert conversation is not None
        conversation.commands()
        self._happened(
            LegEnded(leg_id=caller, by_party=True, sip_status=REQUEST_TERMINATED)
        )
        for leg_id in list(conversation.legs):
            if not conversation.legs[leg_id].is_over:
                self._happened(
                    LegEnded(leg_id=leg_id, by_party=False, sip_status=REQUEST_TERMINATED)
                )

    # ------------------------------------------------------------ what happens to it

    def _fact(self, fact: Fact) -> None:
        """Take what the SIP stack reports."""
        conversation, media = self._conversation, self._media
        if conversation is None or media is None or fact.leg_id not in conversation.legs:
            return
        match fact:
            case Invited(sdp=sdp) | Provisional(sdp=sdp) | Answered(sdp=sdp) | Reinvited(sdp=sdp):
                if not _is_readable(sdp):
                    self._stack.hang_up(fact.leg_id, sip_status=488)
                    return
                media.told_by(fact.leg_id, sdp)
            case Acknowledged(sdp=str(sdp)):
                media.told_by(fact.leg_id, sdp)
                self._commands.put_nowait(_TakeLateAnswer(leg_id=fact.leg_id))
        if isinstance(fact, Answered) and not media.has_description_of(fact.leg_id):
            self._notice("warning", "worker.answer_without_sdp")
            self._stack.hang_up(fact.leg_id)
            return
        if isinstance(fact, Invited):
            self._settle()
            return
        event = event_of(fact)
        if event is not None:
            self._happened(event)

    def _refer(self, refer: Refer) -> None:
        leg_id = self._stack.find(
            refer.call_id, from_tag=refer.from_tag, to_tag=refer.to_tag
        )
        if leg_id is None or self._conversation is None:
            self._answer_refer(refer.refer_id, _NO_DIALOG)
            return
        self._subscriptions.add(refer.refer_id, cseq=refer.cseq)
        self._happened(
            ReferReceived(
                leg_id=leg_id,
                refer_id=refer.refer_id,
                target=refer.target,
                notifies=refer.notifies,
            )
        )

    def _happened(self, event: LegEvent) -> None:
        """Let the conversation take an event, and do what it wants then."""
        conversation = self._conversation
        if conversation is None:
            return
        try:
            conversation.receive(event, now=moment())
        except UnexpectedEventError as error:
            _LOG.exception("conversation.fault", conversation=conversation.conversation_id)
            self._notice("error", "conversation.fault", str(error))
            conversation.fail(now=moment())
        self._settle()

    def _settle(self) -> None:
        """Pass on commands and changed legs, and set the one timer."""
        conversation = self._conversation
        assert conversation is not None
        for command in conversation.commands():
            self._commands.put_nowait(command)
        for leg in conversation.changed_legs():
            _LOG.info(
                "leg",
                conversation=conversation.conversation_id,
                leg=leg.leg_id,
                state=leg.state.value,
                part=conversation.part_of(leg.leg_id).value,
                end=leg.end_reason,
            )
            self._say(
                Changed(
                    record=record_of(
                        leg,
                        conversation_id=conversation.conversation_id,
                        direction=conversation.direction,
                    )
                )
            )
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        due_s = conversation.next_deadline()
        if due_s is not None:
            wait_s = max(0.0, due_s - time.monotonic())
            self._deadline = asyncio.get_running_loop().call_later(wait_s, self._expire)

    def _expire(self) -> None:
        if self._conversation is not None:
            self._conversation.expire(now=moment())
            self._settle()

    # ------------------------------------------------------------ what it wants

    async def _carry_out(self) -> None:
        while True:
            command = await self._commands.get()
            match command:
                case CloseConversation():
                    await self._close()
                case _TakeLateAnswer(leg_id=leg_id):
                    await self._late_answer(leg_id)
                case _ if self._performer is not None:
                    await self._performer.perform(command)

    async def _late_answer(self, leg_id: LegId) -> None:
        """Tell rtpengine where a caller who offered nothing wants his media."""
        conversation, media = self._conversation, self._media
        if conversation is None or media is None:
            return
        peers = [talk.with_leg for talk in conversation.legs[leg_id].talks[-1:]]
        try:
            for peer in peers:
                await media.reinvited(leg_id, peer)
        except MediaError as error:
            self._could_not("LateAnswer", error)

    async def _close(self) -> None:
        """Forget the conversation, rest, and be free again."""
        conversation, media = self._conversation, self._media
        assert conversation is not None
        assert media is not None
        try:
            await media.forget()
        except MediaError as error:
            self._could_not("CloseConversation", error)
        self._conversation = self._media = self._performer = None
        self._subscriptions = Subscriptions()
        self._had += 1
        self._say(Resting(conversation_id=conversation.conversation_id))
        if self._leaving or self._had >= self._settings.recycle_after:
            self._gone.set()
            return
        await asyncio.sleep(self._settings.rest_s)
        self._say(Ready(conversations=self._had))

    # ------------------------------------------------------------ what it says

    def _answer_refer(self, refer_id: str, sip_status: int) -> None:
        self._say(ReferAnswered(refer_id=refer_id, sip_status=sip_status))

    def _could_not(self, command: str, error: SwitchError) -> None:
        self._notice("warning", "command.failed", f"{command}: {error}")

    def _notice(self, level: Level, event: str, detail: str | None = None) -> None:
        conversation_id = (
            self._conversation.conversation_id if self._conversation is not None else None
        )
        self._say(
            Noticed(level=level, event=event, conversation_id=conversation_id, detail=detail)
        )

    def _say(self, message: FromWorker) -> None:
        if not self._writer.is_closing():
            self._writer.write(encode(message))


def _is_readable(sdp: str | None) -> bool:
    if sdp is None:
        return True
    try:
        return parse_sdp(sdp).audio is not None
    except SipParseError:
        return False

