"""A SIP user agent of raw messages: it sends what a test wants to send, right or wrong."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

HOST = "127.0.0.1"
DOMAIN = "switch.test"
SDP = (
    "v=0\r\no=x 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)
# Far above what anything here takes: only a hang is as long.
PATIENCE_S = 10.0
# RFC 3261 §7.3.3; here always told by the long name, whichever was heard.
_LONG = {"v": "Via", "f": "From", "t": "To", "i": "Call-ID", "m": "Contact"}
_numbers = itertools.count(1)
_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')


@dataclass(frozen=True, slots=True)
class Message:
    """Is one SIP message as it was heard."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str
    source: tuple[str, int] = (HOST, 0)

    @classmethod
    def parse(cls, raw: bytes, source: tuple[str, int] = (HOST, 0)) -> Message:
        head, _, body = raw.decode("utf-8", "replace").partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = tuple((_LONG.get(name, name).strip(), value.strip()) for name, _, value in pairs)
        return cls(start, headers, body, source)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name: str) -> str:
        values = self.all(name)
        return values[0] if values else ""

    @property
    def status(self) -> int:
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """Return the method, of the request that is answered if this is a reply."""
        return self.get("CSeq").split()[-1] if self.get("CSeq") else self.start.split()[0]

    @property
    def is_request(self) -> bool:
        return self.status == 0

    @property
    def uri(self) -> str:
        return self.start.split()[1]

    @property
    def contact_uri(self) -> str:
        return uri_of(self.get("Contact"))

    def routes(self) -> list[str]:
        """Return the Record-Route entries in the order of the message."""
        return [entry.strip() for value in self.all("Record-Route") for entry in value.split(",")]


def uri_of(value: str) -> str:
    return value.partition("<")[2].partition(">")[0] or value


def tag_of(value: str) -> str:
    return value.partition(";tag=")[2].partition(";")[0]


def token() -> str:
    return f"t{next(_numbers)}x"


def raw_request(
    method: str,
    uri: str,
    headers: Mapping[str, str] | list[tuple[str, str]],
    body: str = "",
) -> bytes:
    pairs = list(headers.items()) if isinstance(headers, Mapping) else headers
    lines = [f"{method} {uri} SIP/2.0", *(f"{name}: {value}" for name, value in pairs)]
    if not any(name == "Content-Length" for name, _ in pairs):
        lines.append(f"Content-Length: {len(body.encode())}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def digest(challenge: str, user: str, password: str, method: str, uri: str) -> str:
    asked = {key: quoted or bare for key, quoted, bare in _PARAMETER.findall(challenge)}
    first = md5(f"{user}:{asked['realm']}:{password}")
    second = md5(f"{method}:{uri}")
    response = md5(f"{first}:{asked['nonce']}:00000001:c0ffee:auth:{second}")
    return (
        f'Digest username="{user}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", '
        f'uri="{uri}", response="{response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c0ffee"'
    )


def is_proven(proof: str, ha1: str, method: str) -> bool:
    """Return whether a digest was made by somebody who knows this HA1."""
    told = {key: quoted or bare for key, quoted, bare in _PARAMETER.findall(proof)}
    second = md5(f"{method}:{told['uri']}")
    middle = f"{told['nonce']}:{told['nc']}:{told['cnonce']}:auth"
    return bool(told["response"] == md5(f"{ha1}:{middle}:{second}"))


@dataclass(slots=True)
class Dialog:
    """Is what a user agent keeps of a dialog (RFC 3261 §12)."""

    call_id: str
    local: str
    remote: str
    target: str
    routes: list[str]
    cseq: int = 1


@dataclass(slots=True)
class Ua:
    """Is one phone, trunk or worker: a UDP socket, or a TCP connection to the edge."""

    port: int
    edge_port: int
    transport: str = "udp"
    inbox: list[Message] = field(default_factory=list)
    last_invite: bytes = b""
    last_within: bytes = b""
    spelling: Mapping[str, str] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _udp: asyncio.DatagramTransport | None = None
    _tcp: asyncio.StreamWriter | None = None
    _reader: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, edge_port: int, transport: str = "udp", port: int = 0) -> Ua:
        ua = cls(port=port, edge_port=edge_port, transport=transport)
        if transport == "udp":
            loop = asyncio.get_running_loop()
            ua._udp, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(ua.hear), local_addr=(HOST, port)
            )
            ua.port = ua._udp.get_extra_info("sockname")[1]
        else:
            reader, ua._tcp = await asyncio.open_connection(HOST, edge_port)
            ua.port = ua._tcp.get_extra_info("sockname")[1]
            ua._reader = asyncio.create_task(ua._read(reader))
        return ua

    async def close(self) -> None:
        if self._udp:
            self._udp.close()
        if self._tcp:
            self._tcp.close()
        if self._reader:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    # ------------------------------------------------------------ wire
    def hear(self, raw: bytes, source: tuple[str, int]) -> None:
        if not raw.strip():
            return
        message = Message.parse(raw, source)
        if message.status >= 300 and message.method == "INVITE":
            self._acknowledge(message)
        self.inbox.append(message)
        self._news.set()

    def _acknowledge(self, refusal: Message) -> None:
        # RFC 3261 §17.1.1.3: with the branch of the INVITE. Else it would be refused again and
        # again, also into the next test.
        invite = Message.parse(self.last_invite)
        if not self.last_invite or invite.get("Call-ID") != refusal.get("Call-ID"):
            return
        kept = [(k, refusal.get(k)) for k in ("From", "To", "Call-ID")]
        cseq = ("CSeq", f"{refusal.get('CSeq').split()[0]} ACK")
        via = ("Via", refusal.all("Via")[0])
        self.send(raw_request("ACK", invite.uri, [via, *kept, cseq, ("Max-Forwards", "70")]))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?im)^content-length:\s*(\d+)", head)
            body = await reader.readexactly(int(length[1]) if length else 0)
            self.hear(head.lstrip() + body, (HOST, self.edge_port))

    def send(self, raw: bytes, port: int | None = None) -> None:
        if self._udp:
            self._udp.sendto(raw, (HOST, port or self.edge_port))
        elif self._tcp:
            self._tcp.write(raw)

    async def until(
        self, wanted: Callable[[Message], bool], timeout_s: float = PATIENCE_S
    ) -> Message:
        """Return the first message of the kind, forgetting it; others stay for later."""
        async with asyncio.timeout(timeout_s):
            while True:
                for message in self.inbox:
                    if wanted(message):
                        self.inbox.remove(message)
                        return message
                self._news.clear()
                await self._news.wait()

    async def request(self, method: str, timeout_s: float = PATIENCE_S) -> Message:
        return await self.until(lambda m: m.is_request and m.method == method, timeout_s)

    async def final(self, method: str, call_id: str = "", timeout_s: float = PATIENCE_S) -> Message:
        return await self.until(
            lambda m: m.status >= 200 and m.method == method and call_id in m.get("Call-ID"),
            timeout_s,
        )

    async def provisional(self, status: int) -> Message:
        return await self.until(lambda m: m.status == status)

    # ------------------------------------------------------------ what every request has
    @property
    def contact(self) -> str:
        suffix = ";transport=tcp" if self.transport == "tcp" else ""
        return f"<sip:x@{HOST}:{self.port}{suffix}>"

    def via(self) -> str:
        branch = f"z9hG4bK{token()}"
        return f"SIP/2.0/{self.transport.upper()} {HOST}:{self.port};branch={branch};rport"

    def headers(
        self, method: str, from_: str, to: str, call_id: str, cseq: int = 1
    ) -> list[tuple[str, str]]:
        pairs = [
            ("Via", self.via()),
            ("Max-Forwards", "70"),
            ("From", from_),
            ("To", to),
            ("Call-ID", call_id),
            ("CSeq", f"{cseq} {method}"),
            ("Contact", self.contact),
        ]
        return [(self.spelling.get(name, name), value) for name, value in pairs]

    # ------------------------------------------------------------ registering
    async def register(
        self,
        user: str,
        password: str,
        *,
        expires: int = 60,
        contact: str | None = None,
        address: str | None = None,
    ) -> Message:
        """Register; ``address`` is the address of record, by default the user's own."""
        uri = f"sip:{DOMAIN}"
        of_record = f"<sip:{address or user}@{DOMAIN}>"
        call_id = token()

        async def ask(cseq: int, *proof: tuple[str, str]) -> Message:
            fixed = self.headers("REGISTER", f"{of_record};tag={token()}", of_record, call_id, cseq)
            fixed[-1] = ("Contact", contact or self.contact)
            self.send(raw_request("REGISTER", uri, [*fixed, ("Expires", str(expires)), *proof]))
            return await self.final("REGISTER", call_id)

        challenge = await ask(1)
        if challenge.status != 401:
            return challenge
        answer = digest(challenge.get("WWW-Authenticate"), user, password, "REGISTER", uri)
        return await ask(2, ("Authorization", answer))

    # ------------------------------------------------------------ calling
    def invite(
        self,
        uri: str,
        *,
        from_: str = f"<sip:+14805550123@{DOMAIN}>",
        extra: list[tuple[str, str]] | None = None,
        cseq: int = 1,
        call_id: str | None = None,
        body: str = SDP,
    ) -> str:
        """Send an INVITE and return its Call-ID."""
        call_id = call_id or token()
        sender = from_ if ";tag=" in from_ else f"{from_};tag={token()}"
        fixed = self.headers("INVITE", sender, f"<{uri}>", call_id, cseq)
        content = ("Content-Type", "application/sdp")
        self.last_invite = raw_request("INVITE", uri, [*fixed, *(extra or []), content], body)
        self.send(self.last_invite)
        return call_id

    async def invite_as(
        self,
        user: str,
        password: str,
        uri: str,
        *,
        extra: list[tuple[str, str]] | None = None,
        sender: str = "",
        body: str = SDP,
    ) -> str:
        """Send an INVITE, answer its challenge, and return the Call-ID."""
        sender = f"<{sender or f'sip:{user}@{DOMAIN}'}>;tag={token()}"
        call_id = self.invite(uri, from_=sender, body=body)
        refused = await self.final("INVITE", call_id)
        assert refused.status == 407, refused.start
        answer = digest(refused.get("Proxy-Authenticate"), user, password, "INVITE", uri)
        proof = [("Proxy-Authorization", answer), *(extra or [])]
        self.invite(uri, from_=sender, extra=proof, cseq=2, call_id=call_id, body=body)
        return call_id

    def cancel_last(self) -> None:
        message = Message.parse(self.last_invite)
        kept = [(k, v) for k, v in message.headers if k in {"Via", "From", "To", "Call-ID"}]
        cseq = message.get("CSeq").split()[0]
        self.send(
            raw_request(
                "CANCEL", message.uri, [*kept, ("CSeq", f"{cseq} CANCEL"), ("Max-Forwards", "70")]
            )
        )

    def answer(
        self,
        request: Message,
        status: int,
        reason: str = "X",
        *,
        extra: list[tuple[str, str]] | None = None,
        contact: str | None = None,
        body: str = "",
        tag: str | None = None,
    ) -> Message:
        """Answer a request, and return the answer."""
        to = request.get("To")
        if status > 100 and ";tag=" not in to:
            to += f";tag={tag or token()}"
        lines = [f"SIP/2.0 {status} {reason}"]
        lines += [f"Via: {value}" for value in request.all("Via")]
        lines += [f"Record-Route: {value}" for value in request.all("Record-Route")]
        lines += [f"From: {request.get('From')}", f"To: {to}"]
        lines += [f"Call-ID: {request.get('Call-ID')}", f"CSeq: {request.get('CSeq')}"]
        lines += [f"Contact: {contact or self.contact}"]
        lines += [f"{name}: {value}" for name, value in extra or []]
        if body:
            lines.append("Content-Type: application/sdp")
        lines.append(f"Content-Length: {len(body)}")
        raw = ("\r\n".join(lines) + "\r\n\r\n" + body).encode()
        self.send(raw, request.source[1])
        return Message.parse(raw)

    def ack(self, dialog: Dialog, cseq: int | None = None) -> None:
        self.within(dialog, "ACK", cseq=cseq or dialog.cseq)

    def within(
        self,
        dialog: Dialog,
        method: str,
        *,
        extra: list[tuple[str, str]] | None = None,
        body: str = "",
        cseq: int | None = None,
    ) -> None:
        """Send an in-dialog request by the dialog's route set."""
        if cseq is None:
            dialog.cseq += 1
        fixed = self.headers(
            method, dialog.local, dialog.remote, dialog.call_id, cseq or dialog.cseq
        )
        routes = [("Route", route) for route in dialog.routes]
        self.last_within = raw_request(
            method, dialog.target, [*fixed, *routes, *(extra or [])], body
        )
        self.send(self.last_within)


def as_caller(reply: Message) -> Dialog:
    """Return the caller's side of the dialog that a reply to INVITE makes."""
    return Dialog(
        call_id=reply.get("Call-ID"),
        local=reply.get("From"),
        remote=reply.get("To"),
        target=reply.contact_uri,
        routes=list(reversed(reply.routes())),
        cseq=int(reply.get("CSeq").split()[0]),
    )


def as_callee(request: Message, reply: Message) -> Dialog:
    """Return the callee's side of the dialog that our reply to an INVITE makes."""
    return Dialog(
        call_id=request.get("Call-ID"),
        local=reply.get("To"),
        remote=request.get("From"),
        target=request.contact_uri,
        routes=request.routes(),
    )


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, hear: Callable[[bytes, tuple[str, int]], None]) -> None:
        self._hear = hear

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._hear(data, addr)
