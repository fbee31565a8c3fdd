"""Forks workers: a process that has imported everything a worker needs, and started nothing.

A worker made so is ready in milliseconds and shares most of its memory with the others.

The nursery is a child of the supervisor. It connects to the node, and again whenever the node is
gone, and is asked over that connection to fork. A worker leaves the nursery's process group at
once and makes a connection of its own: whether nursery or node die, it goes on with its call.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Final, NoReturn

import structlog

from switch import logs, roll
from switch.bequest import Bequest
from switch.ready import say_ready
from switch.unix_socket import connect_to
from switch.wire.errors import WireError
from switch.wire.lines import Lines
from switch.wire.nursery import (
    NODE_SOCKET,
    Exited,
    Fork,
    Forked,
    FromNursery,
    NurseryHello,
    WorkerSettings,
    decode_for_nursery,
    encode,
)
from switch.worker.node_line import NodeLine
from switch.worker.rehearsal import rehearse
from switch.worker.worker import Worker

_LOG = structlog.get_logger()
_READ_BYTES: Final = 64 * 1024
_AGAIN_S: Final = 0.05


def main() -> None:
    """Serve whichever node is there, until SIGTERM."""
    parser = argparse.ArgumentParser(prog="switch.worker.nursery")
    parser.add_argument("--run", type=Path, required=True, help="the folder of the node's socket")
    run_dir = parser.parse_args().run.absolute()
    nursery = _Nursery(run_dir)
    # What a first call costs is paid here, once, and not by each worker.
    rehearse(run_dir)
    # What is alive now stays for ever: collecting it in a child would copy its pages.
    gc.collect()
    gc.freeze()
    say_ready()
    nursery.serve()


class _Nursery:
    """The process that forks, and its connection to the node."""

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._parent = os.getppid()
        self._settings: WorkerSettings | None = None
        self._node: socket.socket | None = None
        self._lines = Lines()
        self._workers: dict[int, str] = {}
        self._is_stopped = False
        # Ctrl-C reaches the whole foreground group; who stops whom is the supervisor's business.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.signal(signal.SIGTERM, self._stop)
        self._wake_r, self._wake_w = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._wake_w, warn_on_full_buffer=False)
        _name_process("softswitch:nurs")
        # PJSIP greets on standard output before it can be told not to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def serve(self) -> None:
        """Fork whom the node asks for, until stopped."""
        while not self._is_stopped:
            if self._node is None:
                self._connect()
            watched: list[int | socket.socket] = [self._wake_r]
            if self._node is not None:
                watched.append(self._node)
            ready, _, _ = select.select(watched, [], [], None if self._node else _AGAIN_S)
            if self._wake_r in ready:
                os.read(self._wake_r, 4096)
                self._reap()
            if self._node is not None and self._node in ready:
                self._hear()
        if os.getppid() == self._parent:
            # The node has told them to leave; who is still here hangs. Without a supervisor
            # nobody has told them, and their calls may end in peace.
            for pid in self._workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _stop(self, _number: int, _frame: object) -> None:
        self._is_stopped = True

    # ------------------------------------------------------------ the node

    def _connect(self) -> None:
        with contextlib.suppress(OSError):
            self._node = connect_to(self._run_dir / NODE_SOCKET)
            self._lines = Lines()
            self._say(NurseryHello(pid=os.getpid()))

    def _say(self, message: FromNursery) -> None:
        if self._node is not None:
            try:
                self._node.sendall(encode(message))
            except OSError:  # It is gone, or does not read: either way no node for us.
                self._lose()

    def _lose(self) -> None:
        if self._node is not None:
            self._node.close()
            self._node = None

    def _hear(self) -> None:
        assert self._node is not None
        try:
            received = self._node.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        if not received:
            self._lose()
            return
        for line in self._lines.cut(received):
            if line is None:
                _LOG.warning("nursery.unreadable", why="a line without an end")
                continue
            try:
                message = decode_for_nursery(line)
            except WireError as error:
                _LOG.warning("nursery.unreadable", why=str(error))
                continue
            if isinstance(message, WorkerSettings):
                self._settings = message
                logs.set_up(level=message.log_level, form=message.log_format, part="worker")
            elif self._settings is not None:
                self._fork(self._settings, message)

    def _fork(self, settings: WorkerSettings, request: Fork) -> None:
        pid = os.fork()
        if pid == 0:
            self._lose()
            os.close(self._wake_r)
            _live(settings, request, self._run_dir)
        self._workers[pid] = request.worker
        self._say(Forked(worker=request.worker, port=request.port, pid=pid))

    def _reap(self) -> None:
        """Tell the node of each worker that is gone."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            roll.strike(self._run_dir, pid)
            worker = self._workers.pop(pid)
            self._say(Exited(worker=worker, pid=pid, status=os.waitstatus_to_exitcode(status)))


def _live(settings: WorkerSettings, request: Fork, run_dir: Path) -> NoReturn:
    """Be the worker; never return into the nursery's code."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # Out of the nursery's group: whoever clears up behind a dead nursery must not find us.
        os.setsid()
        _name_process(f"softswitch:{request.worker}")
        enrolled = roll.Enrolled(pid=os.getpid(), worker=request.worker, port=request.port)
        roll.enrol(run_dir, enrolled)
        line = NodeLine(run_dir / NODE_SOCKET)
        left = Bequest.begin(run_dir, enrolled.pid)
        worker = Worker(settings, line, name=request.worker, port=request.port, left=left)
        asyncio.run(worker.run())
        roll.strike(run_dir, enrolled.pid)
        left.burn()
        status = 0
    except BaseException:  # noqa: BLE001
        _LOG.exception("worker.crashed", worker=request.worker)
    finally:
        sys.stderr.flush()
        # PJSIP's own destructors have nothing to give back that the kernel does not.
        os._exit(status)


def _name_process(name: str) -> None:
    """Let ``ps`` and ``top`` show which worker it is."""
    Path("/proc/self/comm").write_bytes(name.encode()[:15])


if __name__ == "__main__":
    main()
