"""One worker: one conversation at a time, between the node, SIP and the media server."""

from __future__ import annotations

import asyncio
from typing import Final

from switch.call.ids import LegId
from switch.media.ng import NgClient
from switch.wire.errors import WireError
from switch.wire.nursery import WorkerSettings
from switch.wire.survival import AdoptedEnded, MediaLost, Rescue
from switch.wire.worker import (
    Answered,
    Attempts,
    Back,
    Digit,
    Expect,
    Expecting,
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
from switch.worker.hearing import key_of
from switch.worker.node_line import NodeLine
from switch.worker.serving import Serving
from switch.worker.stack import Stack

_INVITE_WITHIN_S: Final = 3.0
"""An INVITE that was announced and has not come by then was cancelled on its way."""
_LEAVE_WITHIN_S: Final = 3.0
_NO_DIALOG: Final = 481


class Worker:
    """Serves one conversation after another until it is told to leave."""

    def __init__(self, settings: WorkerSettings, line: NodeLine, *, port: int) -> None:
        """Prepare a worker; :meth:`run` makes it live.

        Args:
            settings: what all workers are told.
            line: its line to the node.
            port: the UDP port of its SIP socket.
        """
        self._settings = settings
        self._line = line
        self._stack = Stack(
            StackSettings(
                address=settings.address,
                port=port,
                domain=settings.domain,
                edge=settings.edge,
            ),
            report=self._reported,
            claim=self._claim,
        )
        self._expected: Expect | None = None
        self._overdue: asyncio.TimerHandle | None = None
        self._serving: Serving | None = None
        self._serve: asyncio.Task[None] | None = None
        self._had = 0
        self._leaving = False
        self._gone = asyncio.Event()

    async def run(self) -> None:
        """Serve until the node says leave, closes the line, or it is time to be recycled."""
        self._ng = await NgClient.connect(self._settings.ng_host, self._settings.ng_port)
        self._stack.start()
        listening = asyncio.create_task(self._listen(), name="listen to the node")
        self._line.say(Ready(conversations=0))
        await self._gone.wait()
        listening.cancel()
        await self._line.close()
        self._stack.stop()
        self._ng.close()

    # ------------------------------------------------------------ what the node says

    async def _listen(self) -> None:
        async for message in self._line.messages():
            if isinstance(message, WireError):
                self._line.say(
                    Noticed(level="warning", event="worker.unreadable", detail=str(message))
                )
            else:
                self._told(message)
        # Without a node no new call comes; the one that is up goes on to its end.
        self._leaving = True
        if self._serving is None:
            self._gone.set()

    def _told(self, message: ToWorker) -> None:
        match message:
            case Expect():
                self._expect(message)
            case Refer():
                self._refer(message)
            case ReferReplied() | MediaLost() if self._serving is not None:
                self._serving.told(message)
            case Attempts():
                self._attempts(message)
            case Transfer() | Resume():
                self._asked(message)
            case Back() | Digit() | AdoptedEnded():
                self._tell(message)
            case Rescue():
                self._begin(message)
                self._line.say(Expecting(conversation_id=message.conversation_id))
            case Leave():
                self._leave()

    def _tell(self, message: Back | Digit | AdoptedEnded) -> None:
        """Tell the conversation that it is about, if it is still ours."""
        serving = self._serving
        if serving is None or serving.conversation.conversation_id != message.conversation_id:
            return
        match message:
            case Back():
                serving.back(message)
            case Digit():
                serving.take(key_of(message))
            case AdoptedEnded():
                serving.adopted_ended(message)

    def _expect(self, expect: Expect) -> None:
        self._expected = expect
        loop = asyncio.get_running_loop()
        self._overdue = loop.call_later(_INVITE_WITHIN_S, self._never_came)
        self._line.say(Expecting(conversation_id=expect.conversation_id))

    def _refer(self, refer: Refer) -> None:
        leg_id = self._stack.find(refer.call_id, from_tag=refer.from_tag, to_tag=refer.to_tag)
        if leg_id is None or self._serving is None:
            self._line.say(ReferAnswered(refer_id=refer.refer_id, sip_status=_NO_DIALOG))
        else:
            self._serving.refer(refer, leg_id)

    def _asked(self, asked: Transfer | Resume) -> None:
        if self._serving is None:
            self._line.say(Answered(question=asked.question, sip_status=_NO_DIALOG))
        else:
            self._serving.asked(asked)

    def _attempts(self, news: Attempts) -> None:
        if self._serving is not None:
            self._serving.attempted(news)
        if news.question is not None:
            self._line.say(Noted(question=news.question))

    def _leave(self) -> None:
        self._leaving = True
        if self._serving is None:
            self._gone.set()
            return
        self._serving.shut()
        asyncio.get_running_loop().call_later(_LEAVE_WITHIN_S, self._gone.set)

    # ------------------------------------------------------------ one conversation

    def _claim(self, call_id: str) -> LegId | None:
        """Return the caller's leg for the expected INVITE; any other is refused."""
        expected = self._expected
        if expected is None or call_id != expected.call_id:
            self._line.say(Noticed(level="warning", event="worker.unexpected_invite"))
            return None
        return self._begin(expected).conversation.caller_leg_id

    def _never_came(self) -> None:
        if self._expected is not None:
            self._begin(self._expected).never_came()

    def _begin(self, expected: Expect | Rescue) -> Serving:
        if self._overdue is not None:
            self._overdue.cancel()
        self._expected = None
        self._serving = Serving(
            expected,
            self._settings,
            stack=self._stack,
            media_server=self._ng,
            say=self._line.say,
        )
        self._serve = asyncio.create_task(
            self._serve_to_end(self._serving), name=expected.conversation_id
        )
        return self._serving

    async def _serve_to_end(self, serving: Serving) -> None:
        """Serve a conversation, rest, and be free again."""
        await serving.run()
        self._serving = None
        self._had += 1
        self._line.say(Resting(conversation_id=serving.conversation.conversation_id))
        if not self._leaving and self._had < self._settings.recycle_after:
            await asyncio.sleep(self._settings.rest_s)
            await self._stack.tidy()
        if self._leaving or self._had >= self._settings.recycle_after:
            self._gone.set()
            return
        self._line.say(Ready(conversations=self._had))

    def _reported(self, fact: Fact) -> None:
        """Take what the SIP stack reports; between conversations it means nothing."""
        if self._serving is not None:
            self._serving.take(fact)
