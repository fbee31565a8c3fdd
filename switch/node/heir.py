"""The UDP port of a dead worker in our hands: its dialogs are answered for until they are over.

It speaks with the edge only, over the loopback: nothing gets lost, and what is repeated is
repeated because the edge was being started anew, or had not read it yet.

What ends a dialog is on disk before it is said. Killed in between, we leave a party who has not
been answered, and asks the next node; the other way round he would have hung up for nobody.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Any, Final, cast

import structlog

from switch.node.last_words import FOR_S
from switch.sip import custody
from switch.sip import dialog as dialogs
from switch.sip.custody import RETRY_AFTER_S, UNAVAILABLE, Keeping, KeptDialog, Step
from switch.sip.errors import SipParseError
from switch.sip.message import SipRequest, SipResponse, parse_message

_LOG = structlog.get_logger()
_LOOPBACK: Final = "127.0.0.1"
_BIND_EVERY_S: Final = 0.01
_FIRST_PAUSE_S: Final = 0.5
"""T1 of RFC 3261 §17.1.1.1."""
_LONGEST_PAUSE_S: Final = 4.0
"""T2."""
_ANSWERED_WITHIN_S: Final = FOR_S
"""The edge may be away for a while, and then node and edge by turns."""
_LINGERS_S: Final = FOR_S
"""Who has hung up asks for his answer so long, and who has not heard that we have may do so."""
_WRITTEN_WITHIN_S: Final = 2.0
"""A disk that is full must not keep people in their calls."""
_NO_DIALOG: Final = 481


class Heir(asyncio.DatagramProtocol):
    """Answers at one port for dialogs that a dead worker has left."""

    def __init__(
        self,
        port: int,
        *,
        edge: tuple[str, int],
        changed: Callable[[str, KeptDialog], None],
        written: Callable[[], asyncio.Future[None]],
        done: Callable[[Heir], None],
    ) -> None:
        """Take the port at once, if it is free already; else as soon as it is.

        Args:
            port: the dead worker's.
            edge: the edge's inner socket.
            changed: is told the leg of each dialog that has changed, and what it is now.
            written: returns what resolves once all is on disk that is noted by then.
            done: is told when all of them have been over for a while, and the port is free.
        """
        self.port = port
        self._edge = edge
        self._changed = changed
        self._written = written
        self._done = done
        self._kept: dict[str, KeptDialog] = {}
        self._repeating: dict[str, asyncio.TimerHandle] = {}
        self._giving_up: dict[str, asyncio.TimerHandle] = {}
        self._unwritten: dict[str, tuple[asyncio.Task[None], tuple[bytes, ...]]] = {}
        """Of each leg what is not on disk yet, and is to be said then."""
        self._unsent: list[bytes] = []
        self._transport: asyncio.DatagramTransport | None = None
        self._lingering: asyncio.TimerHandle | None = None
        self.idle_since_s: float | None = None
        """Since when all its dialogs are over; None: one is not, or it is finished."""
        self.is_finished = False
        self._is_closed = False
        self._bound = _bound(port)
        self._opening = asyncio.create_task(self._open(), name=f"heir of {port}")
        self._linger()

    # ------------------------------------------------------------ what it is told

    def keep(self, leg_id: str, step: Step) -> None:
        """Answer for a dialog from now on, and say what is to be said in it."""
        self._take(leg_id, step)

    def release(self, leg_id: str) -> None:
        """Hang up on somebody who was let be; nothing if that is done already."""
        kept = self._kept.get(leg_id)
        if kept is not None:
            self._take(leg_id, custody.release(kept))

    def kept(self, leg_id: str) -> KeptDialog | None:
        """Return how it stands with a leg; None: it is none of this port's."""
        return self._kept.get(leg_id)

    def close(self) -> None:
        """Give the port back, having said what is to be said."""
        for waiting, messages in self._unwritten.values():
            waiting.cancel()
            self._say(messages)
        self._unwritten.clear()
        self._is_closed = True
        if self._bound is None:
            self._opening.cancel()
        for timer in (*self._repeating.values(), *self._giving_up.values()):
            timer.cancel()
        if self._lingering is not None:
            self._lingering.cancel()
        if self._transport is not None:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Say that the port is free: only now it is."""
        if self.is_finished:
            self._done(self)

    # ------------------------------------------------------------ what it hears

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say what had to wait for the port."""
        # CPython 3.11's own datagram transport does not derive from the class it should.
        self._transport = cast("asyncio.DatagramTransport", transport)
        unsent, self._unsent = self._unsent, []
        self._say(unsent)
        if self._is_closed:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """Answer what the edge sends; whoever else finds the port is not listened to."""
        if addr != self._edge or not data.strip():
            return
        try:
            message = parse_message(data)
            if isinstance(message, SipResponse):
                self._hear_response(message)
            elif isinstance(message, SipRequest):
                self._hear_request(message)
        except SipParseError as error:
            _LOG.warning("orphan.unreadable", port=self.port, why=str(error))

    def error_received(self, exc: Exception) -> None:
        """Go on: the edge is being started anew, and will hear what is repeated."""

    def _hear_request(self, request: SipRequest) -> None:
        for leg_id, kept in self._kept.items():
            if dialogs.is_within(kept.dialog, request):
                _LOG.info("orphan.request", leg=leg_id, method=request.method, state=kept.state)
                self._take(leg_id, custody.receive_request(kept, request))
                return
        if request.method == "INVITE" and request.to_tag is None:
            # It was on its way to the worker when that died.
            retry = ("Retry-After", str(RETRY_AFTER_S))
            self._say([dialogs.response_to(request, UNAVAILABLE, headers=[retry])])
        elif request.method != "ACK":
            self._say([dialogs.response_to(request, _NO_DIALOG)])

    def _hear_response(self, response: SipResponse) -> None:
        for leg_id, kept in self._kept.items():
            if kept.dialog.call_id == response.call_id:
                self._take(leg_id, custody.receive_response(kept, response))
                return

    # ------------------------------------------------------------ keeping

    def _take(self, leg_id: str, step: Step) -> None:
        before, self._kept[leg_id] = self._kept.get(leg_id), step.kept
        if step.kept == before:
            if leg_id not in self._unwritten:  # Else it is asked for again.
                self._say(step.says)
            return
        self._repeat(leg_id, step.kept)
        self._changed(leg_id, step.kept)
        if step.says:
            self._say_when_written(leg_id, step.says)
        self._linger()

    def _say_when_written(self, leg_id: str, messages: tuple[bytes, ...]) -> None:
        if leg_id in self._unwritten:
            earlier, before = self._unwritten.pop(leg_id)
            earlier.cancel()
            messages = (*before, *messages)

        async def say() -> None:
            # In a task, so that whatever is noted in the same moment is waited for too.
            await asyncio.wait({self._written()}, timeout=_WRITTEN_WITHIN_S)
            del self._unwritten[leg_id]
            self._say(messages)

        saying = asyncio.create_task(say(), name=f"last words to {leg_id}")
        self._unwritten[leg_id] = saying, messages

    def _repeat(self, leg_id: str, kept: KeptDialog) -> None:
        """Set the timers that a dialog needs as it is now."""
        for timers in (self._repeating, self._giving_up):
            timer = timers.pop(leg_id, None)
            if timer is not None:
                timer.cancel()
        if kept.state in {Keeping.STANDING, Keeping.OVER}:
            return
        loop = asyncio.get_running_loop()
        self._giving_up[leg_id] = loop.call_later(_ANSWERED_WITHIN_S, self._give_up, leg_id)
        if kept.repeats is not None:
            self._repeating[leg_id] = loop.call_later(
                _FIRST_PAUSE_S, self._say_again, leg_id, kept.repeats, _FIRST_PAUSE_S
            )

    def _say_again(self, leg_id: str, message: bytes, pause_s: float) -> None:
        self._say([message])
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        self._repeating[leg_id] = asyncio.get_running_loop().call_later(
            pause_s, self._say_again, leg_id, message, pause_s
        )

    def _give_up(self, leg_id: str) -> None:
        _LOG.warning("orphan.silent", leg=leg_id, state=self._kept[leg_id].state)
        self._take(leg_id, Step(kept=custody.give_up(self._kept[leg_id])))

    def _linger(self) -> None:
        """Be done a while after the last dialog is over."""
        if self._lingering is not None:
            self._lingering.cancel()
            self._lingering = self.idle_since_s = None
        if all(kept.is_over for kept in self._kept.values()):
            loop = asyncio.get_running_loop()
            self._lingering = loop.call_later(_LINGERS_S, self.finish)
            self.idle_since_s = time.monotonic()

    def finish(self) -> None:
        """Answer no more: the port is for somebody else, as soon as the socket is closed."""
        self.is_finished, self.idle_since_s = True, None
        self.close()
        if self._bound is None:
            self._done(self)

    def _say(self, messages: tuple[bytes, ...] | list[bytes]) -> None:
        for message in messages:
            if self._transport is None:
                self._unsent.append(message)
            else:
                self._transport.sendto(message, self._edge)

    async def _open(self) -> None:
        while self._bound is None:
            # The kernel has not taken all of the dead worker away yet.
            await asyncio.sleep(_BIND_EVERY_S)
            self._bound = _bound(self.port)
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, sock=self._bound)


def _bound(port: int) -> socket.socket | None:
    """Return a socket that has the port, or None if somebody still has it."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.bind((_LOOPBACK, port))
    except OSError:
        made.close()
        return None
    made.setblocking(False)  # noqa: FBT003
    return made
