"""What a test talks to: the stack on its stage, and a phone."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.contract.edge.ua import DOMAIN, HOST, PATIENCE_S, Message, Ua, raw_request, token

PersonaAndUri = dict[str, str]
A_MOMENT_S = 0.15
"""Long enough for a message to cross loopback and be answered, many times over."""


class Refused(Exception):
    """The stack raised an error of ours."""


def description(port: int, *, direction: str = "sendrecv", codecs: str = "0") -> str:
    return (
        f"v=0\r\no=x 1 1 IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {HOST}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP {codecs}\r\na=rtpmap:0 PCMU/8000\r\na={direction}\r\n"
    )


OURS = description(31000)
"""What rtpengine would have made."""
THEIRS = description(40000)


@dataclass(slots=True)
class Partner:
    """One stack in its own process."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    facts: list[dict[str, Any]] = field(default_factory=list)
    standing: list[dict[str, Any]] = field(default_factory=list)
    """What was told of dialogs, for the case that the stack dies."""
    pid: int = 0
    _replies: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _reading: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, stage: Path) -> Partner:
        partner = cls(*await asyncio.open_unix_connection(stage))
        partner._reading = asyncio.create_task(partner._read())
        return partner

    async def close(self) -> None:
        self.writer.close()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        while text := await self.reader.readline():
            line = json.loads(text)
            if line.get("fact") == "Stands":
                self.standing.append(line)
                self._news.set()
            elif "fact" in line:
                self.facts.append(line)
                self._news.set()
            else:
                self._replies.put_nowait(line)
        self._replies.put_nowait({"refused": "the process of the stack has ended"})

    async def do(self, deed: str, *leg: str, **said: Any) -> Any:
        """Let the stack do something; returns what it returns."""
        told = {"leg": list(leg), **said} if leg else said
        self.writer.write(json.dumps({"do": deed, "with": told}).encode() + b"\n")
        async with asyncio.timeout(PATIENCE_S):
            reply = await self._replies.get()
        if "refused" in reply:
            raise Refused(reply["refused"])
        if deed == "start":
            self.pid = reply["done"]
        return reply["done"]

    async def expect(self, call_id: str, leg_id: str = "caller") -> None:
        await self.do("expect", call_id=call_id, leg_id=leg_id)

    async def place(self, leg_id: str = "callee", **said: Any) -> None:
        usual = {
            "uri": f"sip:saul@{DOMAIN}",
            "persona": f"<sip:+14805550123@{DOMAIN}>",
            "headers": {"X-Conversation": "c1"},
            "sdp": OURS,
        }
        await self.do("place", leg_id, **(usual | said))

    async def fact(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """Return the first fact of the kind with these values, forgetting it."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for fact in self.facts:
                    if fact["fact"] == kind and wanted.items() <= fact.items():
                        self.facts.remove(fact)
                        return fact
                self._news.clear()
                await self._news.wait()

    def handles(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def memory_bytes(self) -> int:
        return 4096 * int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])

    def is_alive(self) -> bool:
        return Path(f"/proc/{self.pid}/stat").exists()


class Phone(Ua):
    """A phone that may call without a description, and with headers of its choice."""

    last_sent: bytes = b""

    def send(self, raw: bytes, port: int | None = None) -> None:
        self.last_sent = raw
        super().send(raw, port)

    def call(
        self,
        call_id: str | None = None,
        *,
        body: str = THEIRS,
        extra: list[tuple[str, str]] | None = None,
    ) -> str:
        """Send an INVITE to the stack, and return its Call-ID."""
        call_id = call_id or token()
        uri = f"sip:switch@{HOST}:{self.edge_port}"
        sender = f"<sip:+14805550123@{DOMAIN}>;tag={token()}"
        headers = self.headers("INVITE", sender, f"<{uri}>", call_id)
        if body:
            headers.append(("Content-Type", "application/sdp"))
        self.last_invite = raw_request("INVITE", uri, [*headers, *(extra or [])], body)
        self.send(self.last_invite)
        return call_id

    async def nothing(self, method: str, within_s: float = A_MOMENT_S) -> bool:
        """Tell whether no request of a method comes."""
        try:
            await self.request(method, within_s)
        except TimeoutError:
            return True
        return False

    async def ok(self, request: Message) -> None:
        self.answer(request, 200, "OK")
