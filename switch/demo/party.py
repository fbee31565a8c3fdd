"""One party of a call: a SIPp that speaks SIP for him, and a voice that plays and hears."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import re
import shlex
import signal
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from switch.demo.ports import take_port
from switch.demo.scenario import Cue
from switch.demo.trace import Audio, Message, TraceReader
from switch.demo.voice import Voice

# Only a hang gets there.
_RECEIVE_TIMEOUT_MS = 60_000
_UP_WITHIN_S = 30.0

_UNEXPECTED = re.compile(r"while expecting '([^']*)'.*?received '([^\r\n]*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Is what a party is to play."""

    name: str
    xml: Path
    address: str
    """The loopback address he lives on."""
    switch: tuple[str, int]
    """Where he sends his SIP: address and port of the edge."""
    port: int | None = None
    """His SIP port; None: any free one."""
    transport: Literal["udp", "tcp"] = "udp"
    is_called_by: Path | None = None
    """What he plays in calls that reach him, if ``xml`` is not that."""
    calls: int = 1
    """How many calls end his part; 0: he waits until he is stopped."""
    rate_per_s: int = 10
    at_once: int | None = None
    """How many calls may be up at once; None: any number."""
    overlooks: bool = False
    """Whether he overlooks what comes when his XML does not expect it."""
    user: str = ""
    password: str = ""
    """For the digest, if he is asked; empty: he has none."""
    keys: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, int] = field(default_factory=dict)
    lines: Sequence[str] = ()
    """What ``[field0]`` stands for, another one in each call."""


class Party:
    """Plays a :class:`Part`: start it, wait until it has finished, and always stop it.

    ``messages`` grows while SIPp sends and receives; the voice follows the SDPs in them: it
    speaks to the port that the last one named, and falls silent when a call ends.
    """

    def __init__(self, part: Part, *, folder: Path, voice: Voice | None = None) -> None:
        """Take the part, a folder for what SIPp writes, and an open voice, if he has any."""
        self.part = part
        self.voice = voice
        self.messages: list[Message] = []
        self.on_message: Callable[[Party, Message], None] | None = None
        """Called with each message as it appears, for who wants to show progress."""
        self.port = part.port or take_port(part.address)
        self._control_port = take_port(part.address)
        self._folder = folder
        self._reader = TraceReader()
        self._news = asyncio.Event()  # of the next message
        self._pipe: int | None = None
        self._sipp: asyncio.subprocess.Process | None = None
        self._was_given_up = False
        self._offered: set[str] = set()  # calls in which we have said where we listen
        self._told: dict[str, Audio] = {}  # where the other side of a call listens

    @property
    def name(self) -> str:
        """Who he is."""
        return self.part.name

    def command(self, message_file: str) -> list[str]:
        """Return the command that plays this part, as one would type it."""
        part = self.part
        command = ["sipp", f"{part.switch[0]}:{part.switch[1]}", "-sf", str(part.xml)]
        command += ["-i", part.address, "-bind_local", "-p", str(self.port), "-nostdin"]
        # By itself SIPp looks for one from 8888 on, and gives up after 60.
        command += ["-ci", part.address, "-cp", str(self._control_port)]
        command += ["-t", "u1" if part.transport == "udp" else "t1"]
        if part.calls:
            command += ["-m", str(part.calls), "-r", str(part.rate_per_s)]
        if part.at_once:
            command += ["-l", str(part.at_once)]
        if part.overlooks:
            command += ["-default_behaviors", "all,-abortunexp"]
        if part.user:
            command += ["-au", part.user, "-ap", part.password]
        keys = dict(part.keys)
        if self.voice is not None:
            keys["rtp_port"] = str(self.voice.port)
            if self.voice.master is not None:
                keys["srtp_key"] = base64.b64encode(self.voice.master).decode()
        for key, text in keys.items():
            command += ["-key", key, text]
        for variable, number in part.variables.items():
            command += ["-set", variable, str(number)]
        if part.lines:
            command += ["-inf", str(self._file("lines"))]
        if part.is_called_by is not None:
            command += ["-oocsf", str(part.is_called_by)]
        # -aa: NOTIFYs are answered whenever they come, whatever the part is at.
        command += ["-aa", "-recv_timeout", str(_RECEIVE_TIMEOUT_MS)]
        command += ["-trace_msg", "-message_file", message_file]
        return [*command, "-trace_err", "-error_file", str(self._file("errors"))]

    @property
    def has_begun(self) -> bool:
        """Whether SIPp was started."""
        return self._sipp is not None

    async def has_seen(self, cue: Cue) -> None:
        """Return once he has sent or got the message that somebody waits for."""
        while len(set(self._like(cue))) < cue.times:
            await self._news.wait()

    def _like(self, cue: Cue) -> Iterator[tuple[str, str]]:
        for message in self.messages:
            is_it = message.method == cue.method and message.status == cue.status
            if is_it and cue.text in message.text:
                yield message.call_id, message.cseq

    def prompt(self) -> None:
        """Tell him to hang up: with a MESSAGE in his newest call, which his XML waits for."""
        lines = (
            f"MESSAGE sip:{self.name}@{self.part.address}:{self.port} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.part.address};branch=z9hG4bK-prompt",
            "From: <sip:prompter@prompter.invalid>;tag=prompter",
            f"To: <sip:{self.name}@{self.part.address}>",
            f"Call-ID: {self.messages[-1].call_id}",
            "CSeq: 1 MESSAGE",
            "Content-Length: 0",
        )
        text = "".join(f"{line}\r\n" for line in (*lines, ""))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as prompter:
            prompter.sendto(text.encode(), (self.part.address, self.port))

    async def start(self) -> None:
        """Start SIPp and return when it can be called, or has begun to call.

        Raises:
            TimeoutError: it did not come up.
        """
        pipe = self._file("pipe")
        os.mkfifo(pipe)
        # Opened for both ways: a pipe without a writer would be at its end before SIPp comes.
        self._pipe = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        asyncio.get_running_loop().add_reader(self._pipe, self._read)
        if self.part.lines:
            self._file("lines").write_text("\n".join(["SEQUENTIAL", *self.part.lines, ""]))
        command = self.command(str(pipe))
        # Run by hand, it had better write a file than wait for a reader.
        by_hand = shlex.join(self.command(str(self._file("messages"))))
        self._file("command").write_text(f"{by_hand}\n")
        # setpriv: whatever kills us, SIPp does not outlive us.
        self._sipp = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", "KILL", *command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(_UP_WITHIN_S):
            # Nothing tells that SIPp listens but that its port is taken.
            while self._sipp.returncode is None and not self._is_up():  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def finish(self, within_s: float) -> str | None:
        """Wait for the end of his part; return None if it went well, or why not, in words."""
        if self._sipp is None:
            raise RuntimeError("start() comes before finish()")
        try:
            async with asyncio.timeout(within_s):
                status = await self._sipp.wait()
        except TimeoutError:
            await self.stop()
            return f"was still waiting after {within_s:g} s; {self._last_words()}"
        await self.stop()
        if self._was_given_up:
            return f"was still waiting; {self._last_words()}"
        return None if status == 0 else self._why(status)

    async def stop(self) -> None:
        """End SIPp, whatever it is at, and take in what it has written. Repeatable."""
        if self._sipp is not None and self._sipp.returncode is None:
            self._kill(self._sipp)
            await self._sipp.wait()
        if self._pipe is not None:
            self._read()
            asyncio.get_running_loop().remove_reader(self._pipe)
            os.close(self._pipe)
            self._pipe = None
            self._file("pipe").unlink()
        if self.voice is not None:
            self.voice.hush()

    def give_up(self) -> None:
        """End SIPp now; :meth:`finish` then says what he was waiting for."""
        if self._sipp is not None and self._sipp.returncode is None:
            self._was_given_up = True
            self._kill(self._sipp)

    @staticmethod
    def _kill(sipp: asyncio.subprocess.Process) -> None:
        # Not sipp.kill(): it may reap the child under the feet of asyncio, which waits for it.
        with contextlib.suppress(ProcessLookupError):
            os.kill(sipp.pid, signal.SIGKILL)

    def _is_up(self) -> bool:
        # Not by trying to bind the port: SIPp might find it taken by that very try.
        part = self.part
        address = int.from_bytes(socket.inet_aton(part.address), "little")
        sockets = Path(f"/proc/net/{part.transport}").read_text()
        return f" {address:08X}:{self.port:04X} " in sockets

    def _file(self, kind: str) -> Path:
        return self._folder / f"{self.name}.{kind}"

    def _read(self) -> None:
        """Take in what SIPp has written since."""
        if self._pipe is None:
            return
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self._pipe, 1 << 16):
                with self._file("messages").open("ab") as file:
                    file.write(chunk)
                for message in self._reader.receive(chunk):
                    self.messages.append(message)
                    self._follow(message)
                    self._news.set()
                    self._news = asyncio.Event()
                    if self.on_message is not None:
                        self.on_message(self, message)

    def _follow(self, message: Message) -> None:
        """Let the voice do what the signalling says.

        It speaks as soon as either side has said where it listens, and until the BYE.
        """
        if self.voice is None:
            return
        call_id = message.call_id
        if message.is_request and message.method == "BYE":
            self.voice.hush()
        elif (audio := message.audio) is not None:
            if message.is_sent:
                self._offered.add(call_id)
            else:
                self._told[call_id] = audio
            if call_id in self._offered and call_id in self._told:
                self.voice.speak_to(self._told[call_id])

    def _last_words(self) -> str:
        if not self.messages:
            return "no message was sent or received"
        last = self.messages[-1]
        way = "sent" if last.is_sent else "received"
        return f"the last message was {way}: {last.first_line}"

    def _why(self, status: int) -> str:
        """Say why SIPp failed, from what it wrote."""
        errors = self._file("errors")
        text = errors.read_text(errors="replace") if errors.exists() else ""
        if (found := _UNEXPECTED.search(text)) is not None:
            return f"expected {found[1]}, got: {found[2]}"
        lines = [line for line in text.splitlines()[1:] if line.strip()]
        told = lines[0].split(": ", 1)[-1] if lines else self._last_words()
        return f"SIPp ended with {status}: {told}"
