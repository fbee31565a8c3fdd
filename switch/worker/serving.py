"""One conversation being served: its pure part, its media, and what carries out its commands."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
import structlog

from switch.call.commands import AskBack, CloseConversation, Command
from switch.call.endings import EndReason
from switch.call.errors import UnexpectedEventError
from switch.call.events import LegEnded, LegEvent
from switch.call.ids import LegId
from switch.errors import SwitchError
from switch.media.ng import MediaError
from switch.sip.sdp import has_audio
from switch.wire.nursery import WorkerSettings
from switch.wire.survival import AdoptedEnded, MediaLost, Rescue, Standing
from switch.wire.worker import Answered as AskAnswered
from switch.wire.worker import (
    Attempts,
    Back,
    Expect,
    FromWorker,
    Level,
    Noticed,
    Refer,
    ReferReplied,
)
from switch.worker.adopted import ServingStack
from switch.worker.alarm import Alarm
from switch.worker.clocks import moment
from switch.worker.facts import (
    Acknowledged,
    Answered,
    Disconnected,
    Fact,
    Invited,
    KeyPressed,
    Provisional,
    ReinviteAnswered,
    Reinvited,
    Stands,
)
from switch.worker.hearing import Asked, Beginning, conversation_of, event_from_node, leg_asked
from switch.worker.legs import Legs
from switch.worker.moving import MoveLeg, Reanchor, Redescribe
from switch.worker.outfit import adopting, limit, media_of, recorder_of, surroundings_of
from switch.worker.passing import Passing
from switch.worker.perform import Performer, at_once
from switch.worker.relay import MediaServer
from switch.worker.scrutiny import Scrutiny
from switch.worker.subscription import Subscriptions
from switch.worker.taping import Taping
from switch.worker.telling import Telling
from switch.worker.translate import event_of, given_up
from switch.worker.watch import Watch

_LOG = structlog.get_logger()
_NOT_ACCEPTABLE: Final = 488
_NO_SUCH_CALL: Final = 481
_OK: Final = 200


class Serving:
    """One conversation, from its INVITE to the end of its last leg."""

    def __init__(
        self,
        expected: Beginning,
        settings: WorkerSettings,
        *,
        stack: ServingStack,
        media_server: MediaServer,
        say: Callable[[FromWorker], None],
        until_node: Callable[[], Awaitable[None]] = at_once,
    ) -> None:
        """Begin the conversation that the node has announced, or go on with one.

        Args:
            expected: what the node said of it.
            settings: what all workers are told.
            stack: the SIP side.
            media_server: rtpengine.
            say: tells the node something.
            until_node: returns when there is a node, or has been none for too long.
        """
        self._adopting = adopting(expected, stack, say) if isinstance(expected, Rescue) else None
        self._stack = stack if self._adopting is None else self._adopting
        self._say = say
        self._commands: asyncio.Queue[Command] = asyncio.Queue()
        self._alarm = Alarm(self._expire)
        self._hunts: dict[str, LegId] = {}
        self._asked_back: LegId | None = None
        self._subscriptions = Subscriptions()
        self._media = media_of(expected, settings, media_server)
        self.conversation: Final = conversation_of(expected, settings, now=moment())
        self._performer = Performer(
            self._stack,
            self._media,
            surroundings_of(expected, settings),
            say=say,
            subscriptions=self._subscriptions,
            happened=self._happened,
            noticed=self._could_not,
            legs=Legs(self.conversation, self._end),
        )
        self._performer.until_node = until_node
        self._passing = Passing(self.conversation, self._media.keys, self._commands.put_nowait)
        self._telling = Telling(self.conversation, media=self._media, say=say)
        self._watch = Watch(
            self.conversation, self._media, self._telling, settings.silent_s, self._silent
        )
        self._taping = Taping(
            recorder_of(expected, settings, media_server),
            self.conversation,
            self._media,
            settings=settings.recording,
            perform=self._performer.perform,
            happened=self._happened,
            noticed=self._could_not,
        )
        self._scrutiny = Scrutiny(
            self._stack,
            said_by=self._media.said_by,
            policy_of=lambda leg_id: self.conversation.legs[leg_id].party.media,
            notice=self.notice,
        )
        if self._adopting is not None:
            self._taping.take_over()
        if not isinstance(expected, Expect):  # Nothing has to come first.
            self._settle()

    async def run(self) -> None:
        """Carry out what the conversation wants, one thing after the other, until it is over."""
        self._watch.start()
        while True:
            command = await self._commands.get()
            if isinstance(command, CloseConversation):
                break
            try:
                await self._taping.perform(command)
            except Exception as error:  # noqa: BLE001
                # A fault of ours ends this conversation, and not the worker.
                _LOG.exception("conversation.fault")
                self._fail(f"{type(command).__name__}: {error!r}")
        self._performer.close()
        await self._watch.close()
        try:
            await self._media.forget()
        except MediaError as error:
            self._could_not("CloseConversation", error)
        self._taping.over()
        self._telling.over()

    def take(self, fact: Fact) -> None:
        """Take what the SIP stack reports."""
        if fact.leg_id not in self.conversation.legs:
            return
        if isinstance(fact, ReinviteAnswered | Reinvited):
            self._performer.reinvited(fact)
        if not self._scrutiny.passes(fact):
            return
        match fact:
            case Stands(leg_id=leg_id, dialog=dialog):
                conversation_id = self.conversation.conversation_id
                self._say(Standing(conversation_id=conversation_id, leg_id=leg_id, dialog=dialog))
                return
            case Invited(sdp=sdp) | Provisional(sdp=sdp) | Answered(sdp=sdp) | Reinvited(sdp=sdp):
                self._media.told_by(fact.leg_id, sdp)
            case Disconnected() if fact.leg_id in self._scrutiny.refused:
                fact = msgspec.structs.replace(fact, sip_status=_NOT_ACCEPTABLE)
            case Acknowledged(sdp=sdp) | ReinviteAnswered(sdp=sdp):
                self._moved(fact.leg_id, sdp)
            case KeyPressed() if not self._passing.is_new(fact):
                return
        if isinstance(fact, Answered) and not self._media.has_description_of(fact.leg_id):
            self.notice("warning", "leg.answered_without_sdp")
            self._scrutiny.end(fact.leg_id)
            return
        if (event := event_of(fact)) is not None:
            self._happened(event)
        else:
            self._settle()
        if isinstance(fact, Answered | Acknowledged):
            self._commands.put_nowait(Redescribe(leg_id=fact.leg_id))

    def refer(self, refer: Refer, leg_id: LegId) -> None:
        """Take a REFER that came in the dialog of a leg."""
        self._subscriptions.add(refer.refer_id, cseq=refer.cseq)
        self._happened(event_from_node(refer, leg_id))

    def told(self, news: ReferReplied | MediaLost) -> None:
        """Take what the node says and waits for no answer to."""
        match news:
            case ReferReplied(refer_id=refer_id):
                self._subscriptions.replied(refer_id)
            case MediaLost(began_s=began_s):
                self._commands.put_nowait(Reanchor(began_s=began_s))

    def asked(self, asked: Asked, by: LegId | None = None) -> None:
        """Take a wish that came not to PJSIP; by a leg, or it is seen which it is about."""
        leg_id = by or leg_asked(asked, self.conversation)
        if leg_id is None:
            self._say(AskAnswered(question=asked.question, sip_status=_NO_SUCH_CALL))
        else:
            self._happened(event_from_node(asked, leg_id))

    def back(self, back: Back) -> None:
        """Take whether the transferor may be called back."""
        if self._asked_back is not None:
            self._happened(event_from_node(back, self._asked_back))

    def attempted(self, news: Attempts) -> None:
        """Take news of the hunt behind a leg."""
        leg_id = self._hunts.get(news.call_id) or self._stack.leg_of(news.call_id)
        if leg_id is None:
            return
        # Kept: the last news may come when the dialog is over already.
        self._hunts[news.call_id] = leg_id
        self._happened(event_from_node(news, leg_id))

    def has(self, conversation_id: str) -> bool:
        """Whether it is this conversation."""
        return self.conversation.conversation_id == conversation_id

    def adopted_ended(self, ended: AdoptedEnded) -> None:
        """Take the end of the dialog of a leg that was taken over."""
        if self._adopting is not None:
            self._adopting.adopted_ended()
            leg_id = LegId(ended.leg_id)
            self._happened(LegEnded(leg_id=leg_id, by_party=ended.by_party, sip_status=_OK))

    def shut(self) -> None:
        """End every leg, because the switch stops."""
        self._end(EndReason.SHUTDOWN)

    def never_came(self) -> None:
        """Record a call that was given up before its INVITE reached us."""
        self.conversation.commands()
        for ended in given_up(self.conversation):
            self._happened(ended)

    def notice(self, level: Level, event: str, detail: str | None = None) -> None:
        """Tell the node something for its log."""
        about = self.conversation.conversation_id
        self._say(Noticed(level=level, event=event, conversation_id=about, detail=detail))

    def _silent(self, leg_id: LegId) -> None:
        """End every leg: nothing has come from one of them for too long."""
        self.notice("warning", "leg.silent", leg_id)
        self._end(EndReason.MEDIA_TIMEOUT)

    def _happened(self, event: LegEvent) -> None:
        """Let the conversation take an event, and do what it wants then."""
        if isinstance(event, LegEnded):
            self._taping.left(event.leg_id)
        try:
            self.conversation.receive(event, now=moment())
        except UnexpectedEventError as error:
            self._fail(str(error))
        self._settle()

    def _fail(self, why: str) -> None:
        """End every leg, for a fault of ours."""
        self.notice("error", "conversation.fault", why)
        self._end(EndReason.SWITCH_ERROR)

    def _end(self, reason: EndReason) -> None:
        self.conversation.fail(reason=reason, now=moment())
        self._settle()

    def _expire(self) -> None:
        self.conversation.expire(now=moment())
        self._settle()

    # ------------------------------------------------------------ what it wants and shows

    def _settle(self) -> None:
        """Pass on commands and changed legs, and set the one timer."""
        limit(self._media, self.conversation)
        for command in self.conversation.commands():
            if isinstance(command, AskBack):
                self._asked_back = command.leg_id
            self._commands.put_nowait(command)
        self._watch.tell()
        self._alarm.set_to(self.conversation.next_deadline())

    def _moved(self, leg_id: LegId, sdp: str | None) -> None:
        """Have rtpengine told where a party wants its media, if it is elsewhere than before."""
        if sdp is not None and has_audio(sdp) and self._media.told_by(leg_id, sdp):
            for talk in self.conversation.legs[leg_id].talks[-1:]:
                self._commands.put_nowait(MoveLeg(leg_id=leg_id, peer=talk.with_leg))

    def _could_not(self, command: str, error: SwitchError) -> None:
        self.notice("warning", "command.failed", f"{command}: {error}")
