"""Debian's baresip as the phone of a rep: keys are pressed on it, and what it hears is in a file.

It plays a tone (``ausine``) and writes what it decodes (``sndfile``): nothing here needs a sound
card. ``ctrl_tcp`` takes its commands and tells what happens to its calls, ``cons`` takes keys.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from switch.audio import g711
from switch.audio.timeline import Timeline
from switch.audio.tones import FRAME_S, FRAME_SAMPLES, tone_name
from switch.demo.ports import take_port
from tests.contract.edge.ua import DOMAIN, HOST

BARESIP: Final = "/usr/bin/baresip"
PATIENCE_S: Final = 30.0
"""Only a hang breaks it."""
_GIVES_BACK_WITHIN_S: Final = 10.0
_LOOKS_EVERY_S: Final = 0.05
_WAV_HEADER_BYTES: Final = 44
_WAV_CHANNELS: Final = slice(22, 24)
_WAV_RATE: Final = slice(24, 28)
"""Where its header says how many samples each channel has a second."""

_CONFIG: Final = """\
poll_method epoll
sip_listen {host}:{sip_port}
net_interface {host}
call_local_timeout 120
call_max_calls 4
module_path /usr/lib/baresip/modules
audio_buffer 20-160
audio_source ausine,{tone_hz}
audio_player aubridge,ear
audio_alert aubridge,bell
ausrc_srate 48000
ausrc_channels 2
jitter_buffer_delay 1-10
module cons.so
{codecs}
module sndfile.so
module ausine.so
module aubridge.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
cons_listen {host}:{keys_port}
ctrl_tcp_listen {host}:{control_port}
snd_path {folder}
"""


class Softphone:
    """One baresip that has registered."""

    def __init__(self, folder: Path, *, name: str, tone_hz: int) -> None:
        self.name = name
        self.tone_hz = tone_hz
        self.events: list[dict[str, Any]] = []
        """What it has told of its calls and its registration."""
        self._folder = folder
        self._program: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._control: asyncio.StreamWriter | None = None
        self._keys: asyncio.StreamWriter | None = None
        self._answers: dict[str, dict[str, Any]] = {}
        self._tokens = itertools.count(1)

    @property
    def tone(self) -> str:
        """What the others hear of it."""
        return tone_name(self.tone_hz)

    async def start(
        self, edge_port: int, *, password: str, codecs: Sequence[str] = ("g711",)
    ) -> None:
        """Start it, and return when it has registered."""
        # It listens for TLS one above its port for SIP.
        sip_port = take_port(HOST)
        while take_port(HOST) != sip_port + 1:
            sip_port = take_port(HOST)
        keys_port, control_port = take_port(HOST), take_port(HOST)
        self._folder.mkdir()
        said = {
            "config": _CONFIG.format(
                host=HOST,
                sip_port=sip_port,
                keys_port=keys_port,
                control_port=control_port,
                tone_hz=self.tone_hz,
                folder=self._folder,
                codecs="\n".join(f"module {codec}.so" for codec in codecs),
            ),
            "accounts": f"<sip:{self.name}@{DOMAIN}>"
            f';outbound="sip:{HOST}:{edge_port}";auth_pass={password};regint=600\n',
            "contacts": "",
        }
        for file, text in said.items():
            (self._folder / file).write_text(text, encoding="ascii")
        with (self._folder / "log").open("wb") as log:
            self._program = await asyncio.create_subprocess_exec(
                BARESIP,
                "-f",
                str(self._folder),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        reader, self._control = await self._connected(control_port)
        self._listening = asyncio.create_task(self._listen(reader), name=f"baresip {self.name}")
        _, self._keys = await self._connected(keys_port)
        async with asyncio.timeout(PATIENCE_S):
            # What happened before we listened it does not tell again.
            while "OK" not in await self.does("reginfo"):  # noqa: ASYNC110
                await asyncio.sleep(_LOOKS_EVERY_S)

    async def close(self) -> None:
        """End it: it gives its registration back."""
        if self._program is not None:
            with contextlib.suppress(ProcessLookupError):
                self._program.terminate()
            try:
                await asyncio.wait_for(self._program.wait(), _GIVES_BACK_WITHIN_S)
            except TimeoutError:
                # It waits for an answer of a switch that is gone.
                self._program.kill()
                await self._program.wait()
        if self._listening is not None:
            self._listening.cancel()
        for writer in (self._control, self._keys):
            if writer is not None:
                writer.close()

    async def does(self, command: str, what: str = "") -> str:
        """Type a command; returns what it answers."""
        token = str(next(self._tokens))
        said = json.dumps({"command": command, "params": what, "token": token}).encode()
        assert self._control is not None
        self._control.write(b"%d:%s," % (len(said), said))
        await self.until(lambda: token in self._answers)
        answer = self._answers.pop(token)
        assert answer["ok"], (command, answer)
        return str(answer["data"])

    async def presses(self, keys: str) -> None:
        """Press keys, each of them held down for a while."""
        assert self._keys is not None
        for key in keys:
            self._keys.write(key.encode())
            await asyncio.sleep(0.15)
            # What ends a key: a terminal tells of no release.
            self._keys.write(b"\x04")
            await asyncio.sleep(0.15)

    def told(self, kind: str) -> int:
        """Return how often it has told of such an event."""
        return sum(event.get("type") == kind for event in self.events)

    async def tells(self, kind: str, times: int = 1) -> None:
        """Return when it has told of such an event so often."""
        await self.until(lambda: self.told(kind) >= times)

    async def answers(self) -> None:
        """Let it ring, and press the green key."""
        calls = self.told("CALL_ESTABLISHED") + 1
        await self.tells("CALL_INCOMING", calls)
        await self.does("accept")
        await self.tells("CALL_ESTABLISHED", calls)

    @property
    def heard(self) -> Timeline:
        """What it has heard in its newest call, in seconds since that call began."""
        timeline = Timeline()
        files = sorted(self._folder.glob("dump-*-dec.wav"), key=lambda file: file.stat().st_mtime)
        data = files[-1].read_bytes() if files else b""
        if len(data) <= _WAV_HEADER_BYTES:
            return timeline
        # A file that is still being written does not know its length: its samples are taken raw.
        # Opus is always decoded to two channels: the left one will do.
        every = int.from_bytes(data[_WAV_RATE], "little") // g711.SAMPLE_RATE_HZ
        every *= int.from_bytes(data[_WAV_CHANNELS], "little")
        whole = (len(data) - _WAV_HEADER_BYTES) // 2
        wide = np.frombuffer(data, dtype="<i2", count=whole, offset=_WAV_HEADER_BYTES)
        samples = wide[::every].tolist()
        for number, at in enumerate(range(0, len(samples) - FRAME_SAMPLES + 1, FRAME_SAMPLES)):
            timeline.add(number * FRAME_S, g711.encode(samples[at : at + FRAME_SAMPLES]))
        return timeline

    async def hears(self, sound: str) -> None:
        """Return when the last that it heard is this."""
        await self.until(lambda: self.heard.order()[-1:] == [sound])

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return when something holds."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():  # noqa: ASYNC110
                await asyncio.sleep(_LOOKS_EVERY_S)

    async def _connected(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                with contextlib.suppress(ConnectionRefusedError):
                    return await asyncio.open_connection(HOST, port)
                await asyncio.sleep(_LOOKS_EVERY_S)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        """Take netstrings of JSON: answers by their token, the others are events."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionResetError):
            while True:
                length = int((await reader.readuntil(b":"))[:-1])
                said = json.loads((await reader.readexactly(length + 1))[:-1])
                if said.get("response"):
                    self._answers[said["token"]] = said
                else:
                    self.events.append(said)
