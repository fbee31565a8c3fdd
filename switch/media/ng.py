"""rtpengine's control protocol ``ng``: a cookie, a blank and a JSON object, over UDP.

rtpengine remembers its answer to a cookie, so a request that got no answer is sent again
with the same one and is not carried out twice.
"""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any, Final, cast

import msgspec

from switch.errors import SwitchError

_TRIES_S: Final = (0.25, 0.5, 1.0)
"""How long to wait for the answer to each try."""
_REFUSED_FOR_S: Final = 3.0
"""How long nobody may listen there: as a rule rtpengine is up again after a tenth of it."""
_REFUSED_PAUSE_S: Final = 0.03
_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(dict[str, Any])


class MediaError(SwitchError):
    """rtpengine did not do what was asked, or did not answer."""

    def __init__(self, *, command: str, why: str, sip_status: int = 500) -> None:
        """Keep what was asked, rtpengine's own words, and what a phone is told if it must be."""
        super().__init__(command, why)
        self.command = command
        self.why = why
        self.sip_status = sip_status

    @property
    def is_unknown_call(self) -> bool:
        """Whether it knows nothing of the conversation: it was started anew since."""
        return self.why.casefold() == "unknown call-id"

    def __str__(self) -> str:
        """Say what was asked and what came of it."""
        return f"rtpengine could not {self.command!r}: {self.why}"


@dataclasses.dataclass(slots=True, kw_only=True)
class _Asked:
    """Is a request that waits for its answer."""

    datagram: bytes
    answer: asyncio.Future[dict[str, Any] | None]
    """None: there is none."""
    give_up_s: float
    """Until when it does not matter that nobody listens there, in the loop's seconds."""
    tries: Iterator[float] = dataclasses.field(default_factory=lambda: iter(_TRIES_S))
    """How long the next ones will wait."""
    wait_s: float = 0.0
    """How long the last one waits."""
    _timer: asyncio.TimerHandle | None = None

    def wait(self, delay_s: float, then: Callable[..., None], *args: Any) -> None:
        """Do something after a while, in the place of what was to be done."""
        self.cancel()
        self._timer = asyncio.get_running_loop().call_later(delay_s, then, *args)

    def cancel(self) -> None:
        """Wait for nothing any more."""
        if self._timer is not None:
            self._timer.cancel()

    def take(self, answer: dict[str, Any] | None) -> None:
        """Take the answer, unless there is one already."""
        if not self.answer.done():
            self.answer.set_result(answer)


class NgClient(asyncio.DatagramProtocol):
    """Asks rtpengine; requests may overlap."""

    def __init__(self) -> None:
        self._prefix = os.urandom(6).hex()
        self._count = itertools.count(1)
        self._waiting: dict[bytes, _Asked] = {}
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def connect(cls, host: str, port: int) -> NgClient:
        """Return a client of the rtpengine that listens there."""
        client = cls()
        await client.open(host, port)
        return client

    async def open(self, host: str, port: int) -> None:
        """Open its socket towards the rtpengine that listens there."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, remote_addr=(host, port))

    def close(self) -> None:
        """Close the socket; who still waits gets an error."""
        if self._transport is not None:
            self._transport.close()
        for asked in self._waiting.values():
            asked.take({"result": "error", "error-reason": "the client was closed"})

    async def request(self, command: str, **fields: Any) -> dict[str, Any]:
        """Return rtpengine's answer.

        Raises:
            MediaError: it said no, or said nothing to three tries in about two seconds, or
                nobody has listened there for three.
        """
        cookie = f"{self._prefix}{next(self._count)}".encode()
        body = {"command": command}
        body.update({name.replace("_", "-"): value for name, value in fields.items()})
        loop = asyncio.get_running_loop()
        asked = _Asked(
            datagram=cookie + b" " + _ENCODER.encode(body),
            answer=loop.create_future(),
            give_up_s=loop.time() + _REFUSED_FOR_S,
        )
        self._waiting[cookie] = asked
        try:
            self._try(asked)
            answer = await asked.answer
        finally:
            del self._waiting[cookie]
            asked.cancel()
        if answer is None:
            raise MediaError(command=command, why="it does not answer")
        return _accepted(command, answer)

    def _try(self, asked: _Asked) -> None:
        """Send a request, once more if it was sent, unless that makes no sense any more."""
        wait_s = next(asked.tries, None)
        if wait_s is None:
            asked.take(None)
        else:
            self._send(asked, wait_s)

    def _send(self, asked: _Asked, wait_s: float) -> None:
        assert self._transport is not None
        asked.wait_s = wait_s
        # First: that nobody listens may be known at once.
        asked.wait(wait_s, self._try, asked)
        self._transport.sendto(asked.datagram)

    # ------------------------------------------------------------ asyncio's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        # CPython 3.11's own datagram transport does not derive from the class it should.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, _addr: Any) -> None:
        """Hand an answer to who waits for it; a stray one is nobody's."""
        cookie, _blank, body = data.partition(b" ")
        asked = self._waiting.get(cookie)
        if asked is None:
            return
        try:
            asked.take(_DECODER.decode(body))
        except msgspec.MsgspecError as error:
            asked.take({"result": "error", "error-reason": f"unreadable: {error}"})

    def error_received(self, _exc: Exception) -> None:
        """Let who waits try again: a refused datagram means that rtpengine is starting again."""
        now_s = asyncio.get_running_loop().time()
        for asked in self._waiting.values():
            if now_s < asked.give_up_s:
                # Nobody listens: it is being started again, which is no answer to a try.
                asked.wait(_REFUSED_PAUSE_S, self._send, asked, asked.wait_s)
            else:
                asked.take(None)


def _accepted(command: str, answer: dict[str, Any]) -> dict[str, Any]:
    if answer.get("result") not in {"ok", "pong"}:
        why = answer.get("error-reason") or answer.get("result") or "it gave no reason"
        raise MediaError(command=command, why=str(why))
    return answer
