"""SIPp's trace of messages (``-trace_msg``), read while it is written."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import datetime

_HEAD = re.compile(
    rb"-{20,} (?P<stamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6})\r?\n"
    rb"(?P<transport>\w+) message (?P<way>sent|received) [(\[](?P<bytes>\d+)[)\]]? bytes ?\)?:"
    rb"\r?\n\r?\n"
)


_CRYPTO = re.compile(r"^a=crypto:\S+ AES_CM_128_HMAC_SHA1_80 inline:(\S{40})", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """Is where one side of a call listens, according to its SDP."""

    address: str
    port: int
    master: bytes | None = None
    """The key and salt with which that side encrypts; None: it speaks plain RTP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Is one SIP message that a party sent or received."""

    at_s: float
    """When, in seconds of the system's clock."""
    is_sent: bool
    text: str

    @property
    def first_line(self) -> str:
        """The request line or the status line."""
        return self.text.partition("\n")[0].rstrip()

    @property
    def is_request(self) -> bool:
        """Whether it is a request; else it is a response."""
        return not self.first_line.startswith("SIP/2.0 ")

    @property
    def method(self) -> str:
        """The method of a request, or of the request that a response answers."""
        return self.cseq.partition(" ")[2].strip()

    @property
    def status(self) -> int | None:
        """The status of a response; None for a request."""
        return None if self.is_request else int(self.first_line.split(" ", 2)[1])

    @property
    def cseq(self) -> str:
        """The number and method that a request and its responses share."""
        return self.header("CSeq")

    @property
    def call_id(self) -> str:
        """The Call-ID of the dialog."""
        return self.header("Call-ID")

    @property
    def body(self) -> str:
        """What follows the headers."""
        return self.text.replace("\r\n", "\n").partition("\n\n")[2]

    def headers(self, name: str) -> list[str]:
        """Return the values of all headers of a name, in any spelling of it."""
        values = []
        for line in self.text.splitlines()[1:]:
            if not line:
                break
            key, colon, value = line.partition(":")
            if colon and key.strip().lower() == name.lower():
                values.append(value.strip())
        return values

    def header(self, name: str) -> str:
        """Return the value of the first header of a name, or an empty text."""
        return next(iter(self.headers(name)), "")

    @property
    def audio(self) -> Audio | None:
        """Where its SDP wants audio; None without an SDP or with port 0."""
        if "application/sdp" not in self.header("Content-Type").lower():
            return None
        address, port = "", 0
        for line in self.body.splitlines():
            if line.startswith("c=IN IP4 "):
                address = line.split()[2]
            elif line.startswith("m=audio "):
                port = int(line.split()[1])
        key = re.search(
            r"^a=crypto:\S+ AES_CM_128_HMAC_SHA1_80 inline:(\S{40})", self.body, re.MULTILINE
        )
        master = base64.b64decode(key[1]) if key else None
        return Audio(address=address, port=port, master=master) if address and port else None


class TraceReader:
    """Is a parser of a growing trace: bytes in, messages out.

    SIPp says how many bytes a message has, so that a message is given out as soon as it is
    whole and nothing within it can be mistaken for the beginning of another.
    """

    def __init__(self) -> None:
        self._rest = b""

    def receive(self, chunk: bytes) -> list[Message]:
        """Take the next bytes of the trace and return the messages they complete."""
        self._rest += chunk
        messages = []
        while (head := _HEAD.search(self._rest)) is not None:
            end = head.end() + int(head["bytes"])
            if len(self._rest) < end:
                break
            messages.append(
                Message(
                    at_s=datetime.fromisoformat(head["stamp"].decode()).timestamp(),
                    is_sent=head["way"] == b"sent",
                    text=self._rest[head.end() : end].decode("utf-8", "replace"),
                )
            )
            self._rest = self._rest[end:]
        return messages
