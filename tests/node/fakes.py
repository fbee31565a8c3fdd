"""A nursery whose workers are scripts with real lines and processes, and calls to plan."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import subprocess
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Self

from switch.node.line import Line
from switch.node.pool import Pool
from switch.node.pooled import PooledWorker
from switch.wire.edge import Asked
from switch.wire.errors import WireError
from switch.wire.recording import Record
from switch.wire.survival import Hello
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
        case Transfer(question=question) | Resume(question=question) | Record(question=question):
            return [Answered(question=question, sip_status=200)]
        case Attempts(question=str(question)):
            return [Noted(question=question)]
        case _:
            return []


def silent(_message: ToWorker) -> Iterable[FromWorker]:
    return []


class FakeWorker:
    """The far end of a line to a worker, and a process that stands for its own."""

    def __init__(self, name: str, port: int, pool: Pool, script: Script) -> None:
        self.name = name
        self.port = port
        self.told: list[ToWorker] = []
        self.script = script
        self.process = subprocess.Popen(["sleep", "60"])
        self._pool = pool
        self._tasks: set[asyncio.Task[None]] = set()
        self._end: socket.socket | None = None

    def connects(self, conversation_id: str | None = None, **said: Any) -> None:
        """Let it say hello, as one that has just been made unless said otherwise."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        self._end = theirs
        hello = Hello(
            worker=self.name,
            port=self.port,
            pid=self.process.pid,
            conversations=0,
            conversation_id=conversation_id,
            **said,
        )
        self._begin(self._serve(hello, ours), f"line of {self.name}")
        self._begin(self._live(theirs), f"fake {self.name}")

    def says(self, *messages: FromWorker) -> None:
        self.writes(b"".join(map(encode, messages)))

    @property
    def end(self) -> socket.socket:
        """Its end of the line."""
        assert self._end is not None
        return self._end

    def writes(self, text: bytes) -> None:
        self.end.sendall(text)

    def is_ready(self) -> None:
        self.says(Ready(conversations=0))

    def dies(self) -> None:
        """Let its process end, and its line with it."""
        self.process.kill()
        self.process.wait()
        self.hangs_up()

    def hangs_up(self) -> None:
        """Let its line be lost, and nothing else."""
        if self._end is not None:
            with contextlib.suppress(OSError):
                self._end.shutdown(socket.SHUT_RDWR)

    def _begin(self, living: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(living, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, hello: Hello, line: socket.socket) -> None:
        _transport, ours = await asyncio.get_running_loop().create_connection(Line, sock=line)
        try:
            await self._pool.serve(hello, ours)
        finally:
            ours.close()

    async def _live(self, end: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        pending = b""
        with end:
            while received := await loop.sock_recv(end, 4096):
                *lines, pending = (pending + received).split(b"\n")
                for line in lines:
                    with contextlib.suppress(WireError):
                        message = decode_for_worker(line)
                        self.told.append(message)
                        self.says(*self.script(message))
                        if isinstance(message, Leave):
                            self.dies()
                            return


class FakeNursery:
    """Forks scripts."""

    def __init__(self, *, script: Script = obedient, ready: bool = True) -> None:
        self.script = script
        self.ready = ready
        """Whether workers are ready as soon as they are made."""
        self.connects = True
        """Whether they connect at all."""
        self.is_up = True
        self.forked: list[FakeWorker] = []
        self.pool: Pool | None = None
        """Where they connect."""

    def fork(self, worker: str, port: int) -> None:
        if not self.is_up:
            raise ConnectionError("the nursery is not there")
        assert self.pool is not None
        made = FakeWorker(worker, port, self.pool, self.script)
        self.forked.append(made)
        if self.connects:
            made.connects()
            if self.ready:
                made.is_ready()

    def stop(self) -> None:
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
        self.remember: Callable[[PooledWorker], None] = lambda _worker: None
        self.pool = Pool(
            nursery,
            warm=warm,
            most=most,
            first_port=free_ports(most),
            heard=self._heard,
            lost=self._lost,
            remember=self._remember,
        )
        nursery.pool = self.pool

    def _heard(self, worker: PooledWorker, message: FromWorker) -> None:
        if not isinstance(message, Hello):
            self.heard.append((worker.name, message))
        self.listener(worker, message)

    def _lost(self, worker: PooledWorker) -> None:
        if worker.conversation_id is not None:
            self.lost.append(worker.conversation_id)

    def _remember(self, worker: PooledWorker) -> None:
        self.remember(worker)

    def worker_of(self, taken: PooledWorker | None) -> FakeWorker:
        """Return the far end of a worker that was taken."""
        assert taken is not None
        return next(one for one in self.nursery.forked if one.name == taken.name)

    async def __aenter__(self) -> Self:
        await self.pool.start()
        return self

    async def __aexit__(self, *_why: object) -> None:
        await self.pool.stop(PATIENCE_S)
        self.nursery.stop()


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
