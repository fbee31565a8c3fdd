"""Forks workers: a process that has imported everything a worker needs, and started nothing.

A worker made so is ready in milliseconds and shares most of its memory with the others.
The nursery is told over a socket (file descriptor given as its argument) to fork; the new
worker's end of its socket pair to the node comes along with the request. It exits when
the node closes that socket; its workers then finish what they are at.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import select
import signal
import socket
import sys
from typing import Final, NoReturn

import msgspec
import structlog

from switch import logs
from switch.wire.nursery import Exited, Fork, Forked, FromNursery, WorkerSettings
from switch.wire.worker import LINE_LIMIT_BYTES
from switch.worker.node_line import NodeLine
from switch.worker.worker import Worker

_MESSAGE_BYTES: Final = 64 * 1024
_PR_SET_NAME: Final = 15


def main() -> None:
    """Serve the socket whose descriptor is the first argument."""
    node = socket.socket(fileno=int(sys.argv[1]))
    settings = msgspec.json.decode(node.recv(_MESSAGE_BYTES), type=WorkerSettings)
    logs.set_up(level=settings.log_level, form=settings.log_format, part="worker")
    # Ctrl-C reaches the whole foreground group; who stops whom is the node's business.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    wake_r, wake_w = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake_w, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    names: dict[int, str] = {}
    _name_process("softswitch:nurs")
    # PJSIP greets on standard output before it can be told not to.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    # What is alive now stays for ever: collecting it in a child would copy its pages.
    gc.collect()
    gc.freeze()
    while True:
        ready, _, _ = select.select([node.fileno(), wake_r], [], [])
        if wake_r in ready:
            os.read(wake_r, 4096)
            _reap(node, names)
        if node.fileno() in ready and not _serve(node, settings, names):
            return


def _serve(node: socket.socket, settings: WorkerSettings, names: dict[int, str]) -> bool:
    """Take one request; False when the node has gone."""
    try:
        data, descriptors, _flags, _address = socket.recv_fds(node, _MESSAGE_BYTES, 1)
    except ConnectionResetError:
        return False
    if not data:
        return False
    request = msgspec.json.decode(data, type=Fork)
    pid = os.fork()
    if pid == 0:
        node.close()
        _live(settings, request, descriptors[0])
    os.close(descriptors[0])
    names[pid] = request.worker
    _say(node, Forked(worker=request.worker, pid=pid))
    return True


def _live(settings: WorkerSettings, request: Fork, descriptor: int) -> NoReturn:
    """Be the worker; never return into the nursery's code."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _name_process(f"softswitch:{request.worker}")
        asyncio.run(_work(settings, request, descriptor))
        status = 0
    except BaseException:  # noqa: BLE001
        structlog.get_logger().exception("worker.crashed", worker=request.worker)
    finally:
        sys.stderr.flush()
        # PJSIP's own destructors have nothing to give back that the kernel does not.
        os._exit(status)


async def _work(settings: WorkerSettings, request: Fork, descriptor: int) -> None:
    node = socket.socket(fileno=descriptor)
    reader, writer = await asyncio.open_connection(sock=node, limit=LINE_LIMIT_BYTES)
    await Worker(settings, NodeLine(reader, writer), port=request.port).run()


def _reap(node: socket.socket, names: dict[int, str]) -> None:
    """Tell the node of each worker that is gone."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _say(node, Exited(worker=names.pop(pid), status=os.waitstatus_to_exitcode(status)))


def _say(node: socket.socket, message: FromNursery) -> None:
    try:
        node.send(msgspec.json.encode(message))
    except OSError:
        # The node has gone; the next read will say so.
        return


def _name_process(name: str) -> None:
    """Let ``ps`` and ``top`` show which worker it is."""
    ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0)


if __name__ == "__main__":
    main()
