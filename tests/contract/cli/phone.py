"""A telephone that a test plays on: it does by itself what every phone does, and tells of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.contract.edge.ua import SDP, Dialog, Message, Ua, as_callee, as_caller

PATIENCE_S = 30.0
"""Only a hang breaks it."""


@dataclass(slots=True, eq=False)
class Call:
    """Is one call of a phone."""

    phone: Phone
    invite: Message
    """Its INVITE, or the 200 that our own got."""
    dialog: Dialog | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """The other side hung up, or rings us no longer."""
    requests: list[Message] = field(default_factory=list)
    """What came in it after its INVITE."""
    _last: Message | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def display_name(self) -> str:
        """What the phone shows beside the number."""
        return self.invite.get("From").partition("<")[0].strip().strip('"')

    def rings(self) -> None:
        self._last = self.phone.ua.answer(self.invite, 180, "Ringing", tag=self.tag)

    @property
    def tag(self) -> str:
        return f"t{id(self)}"

    def answer(self, body: str = SDP) -> None:
        reply = self.phone.ua.answer(self.invite, 200, "OK", body=body, tag=self.tag)
        self.dialog = as_callee(self.invite, reply)
        self.answered.set()

    def decline(self) -> None:
        self.phone.ua.answer(self.invite, 603, "Decline", tag=self.tag)

    def cancelled(self) -> None:
        self.phone.ua.answer(self.invite, 487, "Request Terminated", tag=self.tag)
        self.over.set()

    async def hang_up(self) -> None:
        assert self.dialog is not None
        self.phone.ua.within(self.dialog, "BYE")
        await self.phone.ua.final("BYE", self.dialog.call_id, timeout_s=PATIENCE_S)

    def has_come(self, request: Message) -> None:
        self.requests.append(request)
        self._news.set()

    def came(self, method: str) -> list[Message]:
        """Return the requests of a method that came, one that was sent again once."""
        seen = {one.get("CSeq"): one for one in reversed(self.requests) if one.method == method}
        return list(reversed(seen.values()))

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return when something holds, which is looked at whenever a request comes."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._news.clear()
                await self._news.wait()

    async def until_over(self) -> None:
        await asyncio.wait_for(self.over.wait(), PATIENCE_S)


class Phone:
    """Rings when it is called; answers or declines when a test says so."""

    def __init__(self, ua: Ua) -> None:
        self.ua = ua
        self._calls: dict[str, Call] = {}
        self.by_hand: set[str] = set()
        """The methods that a test answers itself."""
        self.reinvited: Callable[[Message], tuple[int, str]] = lambda _request: (200, SDP)
        """Tells what a re-INVITE is answered with: a status, and a description."""
        self._ringing: asyncio.Queue[Call] = asyncio.Queue()
        self._living = asyncio.create_task(self._live())

    async def close(self) -> None:
        self._living.cancel()
        await asyncio.wait({self._living})
        await self.ua.close()

    async def rung(self) -> Call:
        """Return the next call that rings."""
        return await asyncio.wait_for(self._ringing.get(), PATIENCE_S)

    @property
    def is_rung(self) -> bool:
        return not self._ringing.empty()

    async def call(self, uri: str, sender: str, *, body: str = SDP) -> Call:
        """Call somebody, and return the call when he has answered."""
        call_id = self.ua.invite(uri, from_=sender, body=body)
        reply = await self.ua.final("INVITE", call_id, timeout_s=PATIENCE_S)
        assert reply.status == 200, reply.start
        call = Call(phone=self, invite=reply, dialog=as_caller(reply))
        self._calls[call_id] = call
        assert call.dialog is not None
        self.ua.ack(call.dialog)
        return call

    async def _live(self) -> None:
        while True:
            self._take(await self.ua.until(self._is_mine, timeout_s=3600))

    def _is_mine(self, message: Message) -> bool:
        return message.is_request and message.method not in self.by_hand

    def _take(self, request: Message) -> None:
        call = self._calls.get(request.get("Call-ID"))
        self._answer(request, call)
        if call is not None:
            call.has_come(request)

    def _answer(self, request: Message, call: Call | None) -> None:
        match request.method:
            case "INVITE" if call is None:
                call = self._calls[request.get("Call-ID")] = Call(phone=self, invite=request)
                call.rings()
                self._ringing.put_nowait(call)
            case "INVITE" if call is not None and call.dialog is not None:
                status, body = self.reinvited(request)
                self.ua.answer(request, status, body=body)
            case "INVITE" | "ACK":
                pass  # sent again: it rings already
            case "CANCEL" if call is not None:
                self.ua.answer(request, 200, "OK", tag=call.tag)
                if not call.answered.is_set():  # RFC 3261 §9.2
                    call.cancelled()
            case "BYE" if call is not None:
                self.ua.answer(request, 200, "OK")
                call.over.set()
            case _:
                self.ua.answer(request, 200, "OK")
