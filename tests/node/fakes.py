"""A nursery whose workers are scripts at the far end of real socket pairs, and calls to plan."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
from collections.abc import Callable, Iterable
from typing import Self

from switch.node.pool import Pool
from switch.node.pooled import PooledWorker
from switch.wire.edge import Asked
from switch.wire.errors import WireError
from switch.wire.worker import (
    Answered,
    Attempts,
    Expect,
    Expecting,
    FromWorker,
    Leave,
    Noted,
    Ready,
    Refer,
    ReferAnswered,
    Resume,
    ToWorker,
    Transfer,
    decode_for_worker,
    encode,
)

PATIENCE_S = 5.0
"""Only a hang takes so long."""

SDP = (
    "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)

Script = Callable[[ToWorker], Iterable[FromWorker]]


def obedient(message: ToWorker) -> Iterable[FromWorker]:
    """Answer as a worker does that is well."""
    match message:
        case Expect(conversation_id=conversation_id):
            return [Expecting(conversation_id=conversation_id)]
        case Refer(refer_id=refer_id):
            return [ReferAnswered(refer_id=refer_id, sip_status=202)]
        case Transfer(question=question) | Resume(question=question):
            return [Answered(question=question, sip_status=200)]
        case Attempts(question=str(question)):
            return [Noted(question=question)]
        case _:
            return []


def silent(_message: ToWorker) -> Iterable[FromWorker]:
    return []


class FakeWorker:
    """The far end of a line to a worker."""

    def __init__(self, name: str, port: int, end: socket.socket, script: Script) -> None:
        self.name = name
        self.port = port
        self.told: list[ToWorker] = []
        self.script = script
        self._end = end
        self._living = asyncio.create_task(self._live(), name=f"fake {name}")

    def says(self, *messages: FromWorker) -> None:
        self.writes(b"".join(map(encode, messages)))

    def writes(self, text: bytes) -> None:
        self._end.sendall(text)

    def is_ready(self) -> None:
        self.says(Ready(conversations=0))

    def dies(self) -> None:
        self._living.cancel()
        self._end.close()

    async def _live(self) -> None:
        loop = asyncio.get_running_loop()
        pending = b""
        while received := await loop.sock_recv(self._end, 4096):
            *lines, pending = (pending + received).split(b"\n")
            for line in lines:
                with contextlib.suppress(WireError):
                    message = decode_for_worker(line)
                    self.told.append(message)
                    self.says(*self.script(message))
                    if isinstance(message, Leave):
                        self._end.close()
                        return
        self._end.close()


class FakeNursery:
    """Forks scripts."""

    def __init__(self, *, script: Script = obedient, ready: bool = True) -> None:
        self.script = script
        self.ready = ready
        """Whether workers are ready as soon as they are made."""
        self.starts = 0
        self.is_up = False
        self.stops = 0
        self.forked: list[FakeWorker] = []

    async def start(self) -> None:
        self.starts += 1
        self.is_up = True

    def fork(self, worker: str, port: int) -> socket.socket:
        if not self.is_up:
            raise ConnectionError("the nursery is not there")
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        made = FakeWorker(worker, port, theirs, self.script)
        self.forked.append(made)
        if self.ready:
            made.is_ready()
        return ours

    async def stop(self) -> None:
        self.stops += 1
        self.is_up = False
        for worker in self.forked:
            worker.dies()


def free_ports(count: int) -> int:
    """Return the first of so many UDP ports that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        first = int(probe.getsockname()[1])
    # Close to the last port there is, fewer would follow.
    return first if first + count < 65536 else first - count


class Hall:
    """A pool with its nursery, and what it said."""

    def __init__(self, nursery: FakeNursery, *, warm: int = 1, most: int = 4) -> None:
        self.nursery = nursery
        self.heard: list[tuple[str, FromWorker]] = []
        self.lost: list[str | None] = []
        self.listener: Callable[[PooledWorker, FromWorker], None] = lambda _worker, _message: None
        self.pool = Pool(
            nursery,
            warm=warm,
            most=most,
            first_port=free_ports(most),
            heard=self._heard,
            lost=lambda worker: self.lost.append(worker.conversation_id),
        )

    def _heard(self, worker: PooledWorker, message: FromWorker) -> None:
        self.heard.append((worker.name, message))
        self.listener(worker, message)

    def worker_of(self, taken: PooledWorker | None) -> FakeWorker:
        """Return the far end of a worker that was taken."""
        assert taken is not None
        return next(one for one in self.nursery.forked if one.name == taken.name)

    async def __aenter__(self) -> Self:
        await self.pool.start()
        return self

    async def __aexit__(self, *_why: object) -> None:
        await self.pool.stop(PATIENCE_S)


async def eventually(holds: Callable[[], object]) -> None:
    """Return as soon as something holds; only a hang breaks this."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - many things are waited for, and few tell
            await asyncio.sleep(0.001)


def request(
    method: str = "INVITE",
    uri: str = "sip:+14805550100@switch.test",
    *headers: str,
    sender: str = '"Kim" <sip:+12065550100@192.0.2.9>',
    body: str = SDP,
    to_tag: str = "",
    call_id: str = "a@192.0.2.9",
) -> bytes:
    """Return a request as it came from a phone."""
    lines = [
        f"{method} {uri} SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1",
        f"From: {sender};tag=f1",
        f"To: <{uri}>{to_tag}",
        f"Call-ID: {call_id}",
        f"CSeq: 2 {method}",
        *headers,
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(lines) + f"\r\n\r\n{body}").encode()


def asked(message: bytes, **changes: object) -> Asked:
    """Return the edge's question about a request, from the trunk unless said otherwise."""
    fields: dict[str, object] = {
        "event": "invite",
        "index": 7,
        "label": 9,
        "source": "trunk",
        "name": "pstn",
        "address": "192.0.2.1:5080",
        "transport": "udp",
        "message": base64.b64encode(message).decode(),
    }
    return Asked(**(fields | changes))  # type: ignore[arg-type]
