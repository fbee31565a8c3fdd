"""rtpengine's control protocol ``ng``: a cookie, a blank and a JSON object, over UDP.

rtpengine remembers its answer to a cookie, so a request that got no answer is sent again
with the same one and is not carried out twice.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from typing import Any, Final, cast

import msgspec

from switch.errors import SwitchError

_TRIES_S: Final = (0.25, 0.5, 1.0)
"""How long to wait for the answer to each try."""
_REFUSED_FOR_S: Final = 3.0
"""How long nobody may listen there: as a rule rtpengine is up again after a tenth of it."""
_REFUSED_PAUSE_S: Final = 0.03


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


class NgClient(asyncio.DatagramProtocol):
    """Asks rtpengine; requests may overlap."""

    def __init__(self) -> None:
        self._prefix = os.urandom(6).hex()
        self._count = itertools.count(1)
        self._waiting: dict[bytes, asyncio.Future[dict[str, Any]]] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self._refused: asyncio.Future[None] | None = None
        """Done as soon as a datagram is refused; None: nobody waits."""

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
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result({"result": "error", "error-reason": "the client was closed"})

    async def request(self, command: str, **fields: Any) -> dict[str, Any]:
        """Return rtpengine's answer.

        Raises:
            MediaError: it said no, or said nothing to three tries in about two seconds, or
                nobody has listened there for three.
        """
        cookie = f"{self._prefix}{next(self._count)}".encode()
        body = {"command": command}
        body.update({name.replace("_", "-"): value for name, value in fields.items()})
        datagram = cookie + b" " + msgspec.json.encode(body)
        answer = asyncio.get_running_loop().create_future()
        self._waiting[cookie] = answer
        try:
            await self._ask(datagram, answer)
        finally:
            self._waiting.pop(cookie, None)
        if not answer.done():
            raise MediaError(command=command, why="it does not answer")
        return _accepted(command, answer.result())

    async def _ask(self, datagram: bytes, answer: asyncio.Future[dict[str, Any]]) -> None:
        """Send it until it is answered, or for as long as that makes sense."""
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        give_up_s = loop.time() + _REFUSED_FOR_S
        tries = iter(_TRIES_S)
        wait_s = next(tries, None)
        while wait_s is not None and not answer.done():
            refused = self._refused = self._refused or loop.create_future()
            self._transport.sendto(datagram)
            await asyncio.wait(
                [answer, refused], timeout=wait_s, return_when=asyncio.FIRST_COMPLETED
            )
            if refused.done() and not answer.done() and loop.time() < give_up_s:
                # Nobody listens: it is being started again, which is no answer to a try.
                await asyncio.sleep(_REFUSED_PAUSE_S)
            else:
                wait_s = next(tries, None)

    # ------------------------------------------------------------ asyncio's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        # CPython 3.11's own datagram transport does not derive from the class it should.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, _addr: Any) -> None:
        """Hand an answer to who waits for it; a stray one is nobody's."""
        cookie, _blank, body = data.partition(b" ")
        waiting = self._waiting.get(cookie)
        if waiting is None or waiting.done():
            return
        try:
            waiting.set_result(msgspec.json.decode(body, type=dict[str, Any]))
        except msgspec.MsgspecError as error:
            waiting.set_result({"result": "error", "error-reason": f"unreadable: {error}"})

    def error_received(self, _exc: Exception) -> None:
        """Let who waits try again: a refused datagram means that rtpengine is starting again."""
        if self._refused is not None:
            self._refused.set_result(None)
            self._refused = None


def _accepted(command: str, answer: dict[str, Any]) -> dict[str, Any]:
    if answer.get("result") not in {"ok", "pong"}:
        why = answer.get("error-reason") or answer.get("result") or "it gave no reason"
        raise MediaError(command=command, why=str(why))
    return answer
