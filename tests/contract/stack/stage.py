"""A program that puts a real SIP stack on stage, one for each connection: a test's own process.

PJSIP allows one endpoint a process, keeps what a test leaves behind, and ends the process
where it finds a fault. So each connection to this program's socket is served by a fork of it.

A line that comes in tells the stack to do something: ``{"do": "answer", "with": {...}}``; it
is answered with ``{"done": ...}`` or ``{"refused": "why"}``. A fact is a line that goes out.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import msgspec

from switch.call.ids import LegId
from switch.errors import SwitchError
from switch.worker.endpoint import StackSettings
from switch.worker.facts import Fact
from switch.worker.stack import Stack


class _Stage:
    """One stack and the line to its test."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._expected: dict[str, LegId] = {}
        self._stack: Stack | None = None

    def say(self, **line: Any) -> None:
        self._writer.write(json.dumps(line).encode() + b"\n")

    async def carry_out(self, deed: str, said: dict[str, Any]) -> None:
        try:
            done = self._carry_out(deed, said)
            self.say(done=await done if inspect.isawaitable(done) else done)
        except SwitchError as error:
            self.say(refused=str(error))

    def _carry_out(self, deed: str, said: dict[str, Any]) -> Any:
        if deed == "start":
            settings = StackSettings(**said)
            self._stack = Stack(settings, report=self._report, claim=self._expected.get)
            self._stack.start()
            return os.getpid()
        if deed == "expect":
            self._expected[said["call_id"]] = LegId(said["leg_id"])
            return None
        assert self._stack is not None
        if deed == "dialogs":
            return self._stack.dialogs
        return getattr(self._stack, deed)(*said.pop("leg", []), **said)

    def _report(self, fact: Fact) -> None:
        told = msgspec.structs.asdict(fact)
        self.say(fact=type(fact).__name__, **msgspec.to_builtins(told))


async def _serve(line: socket.socket) -> None:
    reader, writer = await asyncio.open_connection(sock=line)
    stage = _Stage(writer)
    while text := await reader.readline():
        asked = json.loads(text)
        await stage.carry_out(asked["do"], asked["with"])


def main() -> None:
    """Serve the Unix socket whose path is the first argument."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(sys.argv[1])
        listener.listen()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        # PJSIP greets on standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        gc.freeze()
        Path(sys.argv[1] + ".ready").touch()
        while True:
            line, _address = listener.accept()
            if os.fork() == 0:
                listener.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                asyncio.run(_serve(line))
                os._exit(0)
            line.close()


if __name__ == "__main__":
    main()
