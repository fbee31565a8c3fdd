"""One worker: one conversation at a time, between the node, SIP and the media server."""

from __future__ import annotations

import asyncio
import os
from typing import Final

from switch.call.ids import LegId
from switch.media.ng import NgClient
from switch.sip.kept import forget_kept
from switch.wire.control import HangUp, Hold, Mute, Summon
from switch.wire.errors import WireError
from switch.wire.nursery import WorkerSettings
from switch.wire.recording import Record
from switch.wire.survival import About, AdoptedEnded, Hello, Kept, MediaLost, Rescue
from switch.wire.worker import (
    Answered,
    Attempts,
    Back,
    Digit,
    Expect,
    Expecting,
    FromWorker,
    Leave,
    Noted,
    Noticed,
    Ready,
    Refer,
    ReferAnswered,
    ReferReplied,
    Resting,
    Resume,
    ToWorker,
    Transfer,
)
from switch.worker.endpoint import StackSettings
from switch.worker.facts import Fact
from switch.worker.hearing import Asked, Beginning, key_of
from switch.worker.node_line import NodeLine
from switch.worker.saying import Left, Saying
from switch.worker.serving import Serving
from switch.worker.stack import Stack

_INVITE_WITHIN_S: Final = 3.0
"""An INVITE that was announced and has not come by then was cancelled on its way."""
_LEAVE_WITHIN_S: Final = 3.0
_NO_DIALOG: Final = 481
_LOOK_EVERY_S: Final = 1.0
_WITHOUT_NODE_S: Final = 60.0
"""So long without a node a worker waits that has no conversation."""
_UNKEPT_FOR_S: Final = 600.0
"""So long one waits that has records which no node has confirmed."""
_KEPT_WITHIN_S: Final = 2.0
"""So long if the switch is stopping: what is confirmed by then is safe."""
_NODE_BACK_WITHIN_S: Final = 5.0
"""So long the placing of a leg waits for a node: without one the edge would refuse it."""


class Worker:
    """Serves one conversation after another until it is told to leave."""

    def __init__(
        self,
        settings: WorkerSettings,
        line: NodeLine,
        *,
        name: str,
        port: int,
        left: Left | None = None,
    ) -> None:
        """Prepare a worker; :meth:`run` makes it live.

        Args:
            settings: what all workers are told.
            line: its line to the node.
            name: its own.
            port: the UDP port of its SIP socket.
            left: takes what a node is to find if the worker dies.
        """
        self._settings = settings
        self._line = line
        self._name = name
        self._port = port
        self._saying = Saying(line.say, left)
        self._stack = Stack(
            StackSettings(
                address=settings.address,
                port=port,
                domain=settings.domain,
                edge=settings.edge,
                session_expires_s=settings.session_expires_s,
            ),
            report=self._reported,
            claim=self._claim,
        )
        self._expected: Expect | None = None
        self._about: About | None = None
        self._overdue: asyncio.TimerHandle | None = None
        self._serving: Serving | None = None
        self._serve: asyncio.Task[None] | None = None
        self._had = 0
        self._rests = False
        self._leaving = False
        self._gone = asyncio.Event()

    async def run(self) -> None:
        """Serve until the node says leave, there is none for long, or it is to be recycled."""
        self._ng = await NgClient.connect(self._settings.ng_host, self._settings.ng_port)
        self._stack.start()
        tasks = [
            asyncio.create_task(
                self._line.serve(self._greeting, self._heard), name="listen to the node"
            ),
            asyncio.create_task(self._mind_the_line(), name="mind the line"),
        ]
        await self._gone.wait()
        # Who was told to leave is waited for; else the records may wait for the next node.
        await self._saying.until_all_kept(_KEPT_WITHIN_S if self._leaving else _UNKEPT_FOR_S)
        for task in tasks:
            task.cancel()
        await self._line.close()
        self._stack.stop()
        self._ng.close()

    async def _mind_the_line(self) -> None:
        """Leave when there has been no node for long: no call comes, and none is up."""
        while True:
            await self._line.until_down()
            await asyncio.sleep(_LOOK_EVERY_S)
            if self._serving is None and self._line.down_s > _WITHOUT_NODE_S:
                self._gone.set()

    # ------------------------------------------------------------ what the node says

    def _heard(self, message: ToWorker | WireError) -> None:
        if isinstance(message, WireError):
            self._saying.say(
                Noticed(level="warning", event="worker.unreadable", detail=str(message))
            )
        else:
            self._told(message)

    def _greeting(self) -> list[FromWorker]:
        """Return what a node is told first: who we are, and how it stands with our call."""
        conversation_id = None
        if self._serving is not None:
            conversation_id = str(self._serving.conversation.conversation_id)
        elif self._expected is not None:
            conversation_id = self._expected.conversation_id
        hello = Hello(
            worker=self._name,
            port=self._port,
            pid=os.getpid(),
            conversations=self._had,
            conversation_id=conversation_id,
            is_resting=self._rests or self._gone.is_set(),
            about=self._about,
        )
        is_free = conversation_id is None and not self._rests and not self._gone.is_set()
        ready = [Ready(conversations=self._had)] if is_free else []
        return [hello, *self._saying.again(), *ready]

    def _told(self, message: ToWorker) -> None:
        self._saying.heard(message)
        match message:
            case Expect():
                self._expect(message)
            case Rescue() | Summon():
                self._begin(message)
                self._saying.say(Expecting(conversation_id=message.conversation_id))
            case Leave():
                self._leave()
            case Kept(number=number):
                self._saying.kept(number)
            case Attempts():
                self._attempts(message)
            case Refer():
                self._refer(message)
            case Transfer() | Resume() | Record() | HangUp() | Hold() | Mute():
                self._asked(message)
            case _ if self._serving is not None:
                self._told_of_it(self._serving, message)

    def _told_of_it(self, serving: Serving, message: ToWorker) -> None:
        """Take what only means something to the conversation that is up."""
        match message:
            case ReferReplied() | MediaLost():
                serving.told(message)
            case Back(conversation_id=conversation_id) if serving.has(conversation_id):
                serving.back(message)
            case Digit(conversation_id=conversation_id) if serving.has(conversation_id):
                serving.take(key_of(message))
            case AdoptedEnded(conversation_id=conversation_id) if serving.has(conversation_id):
                serving.adopted_ended(message)
            case _:
                pass

    def _expect(self, expect: Expect) -> None:
        self._expected = expect
        self._about = About(
            call_id=expect.call_id,
            caller=expect.caller,
            dialled=expect.dialled,
            user=expect.target.user,
        )
        loop = asyncio.get_running_loop()
        self._overdue = loop.call_later(_INVITE_WITHIN_S, self._never_came)
        self._saying.say(Expecting(conversation_id=expect.conversation_id))

    def _refer(self, refer: Refer) -> None:
        leg_id = self._stack.find(refer.call_id, from_tag=refer.from_tag, to_tag=refer.to_tag)
        if leg_id is None or self._serving is None:
            self._saying.say(ReferAnswered(refer_id=refer.refer_id, sip_status=_NO_DIALOG))
        else:
            self._serving.refer(refer, leg_id)

    def _asked(self, asked: Asked) -> None:
        if self._serving is None:
            self._saying.say(Answered(question=asked.question, sip_status=_NO_DIALOG))
        elif isinstance(asked, Record):
            leg_id = None
            if asked.call_id is not None:
                tags = {"from_tag": asked.from_tag, "to_tag": asked.to_tag}
                leg_id = self._stack.find(asked.call_id, **tags)
            self._serving.asked(asked, leg_id)
        else:
            self._serving.asked(asked)

    def _attempts(self, news: Attempts) -> None:
        if self._serving is not None:
            self._serving.attempted(news)
        if news.question is not None:
            self._saying.say(Noted(question=news.question))

    def _leave(self) -> None:
        self._leaving = True
        if self._serving is None:
            self._gone.set()
            return
        self._serving.shut()
        asyncio.get_running_loop().call_later(_LEAVE_WITHIN_S, self._gone.set)

    async def _until_node(self) -> None:
        await self._line.until_up(_NODE_BACK_WITHIN_S)

    # ------------------------------------------------------------ one conversation

    def _claim(self, call_id: str) -> LegId | None:
        """Return the caller's leg for the expected INVITE; any other is refused."""
        expected = self._expected
        if expected is None or call_id != expected.call_id:
            self._saying.say(Noticed(level="warning", event="worker.unexpected_invite"))
            return None
        return self._begin(expected).conversation.caller_leg_id

    def _never_came(self) -> None:
        if self._expected is not None:
            self._begin(self._expected).never_came()

    def _begin(self, expected: Beginning) -> Serving:
        if self._overdue is not None:
            self._overdue.cancel()
        self._expected = None
        self._serving = Serving(
            expected,
            self._settings,
            stack=self._stack,
            media_server=self._ng,
            say=self._saying.say,
            until_node=self._until_node,
        )
        self._serve = asyncio.create_task(
            self._serve_to_end(self._serving), name=expected.conversation_id
        )
        return self._serving

    async def _serve_to_end(self, serving: Serving) -> None:
        """Serve a conversation, rest, and be free again."""
        await serving.run()
        self._serving = None
        self._about = None
        forget_kept()
        self._had += 1
        self._rests = True
        self._saying.say(Resting(conversation_id=serving.conversation.conversation_id))
        if not self._leaving and self._had < self._settings.recycle_after:
            await asyncio.sleep(self._settings.rest_s)
            await self._stack.tidy()
        if self._leaving or self._had >= self._settings.recycle_after:
            self._gone.set()
            return
        self._rests = False
        self._saying.say(Ready(conversations=self._had))

    def _reported(self, fact: Fact) -> None:
        """Take what the SIP stack reports; between conversations it means nothing."""
        if self._serving is not None:
            self._serving.take(fact)
