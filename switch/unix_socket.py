"""Unix stream sockets by paths of any length.

The kernel takes 107 bytes of a socket's path. A folder of an operator, or of a test, may have
more; so the socket is named by way of a descriptor of its folder, which is always short.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_BACKLOG: Final = 1024
"""As many workers may connect at once when a node is started again."""


def listen_at(path: Path) -> socket.socket:
    """Listen at a path, in the place of whoever did before.

    Raises:
        OSError: the folder is not there, or not ours.
    """
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _short(path) as short:
            listening.bind(short)
        listening.listen(_BACKLOG)
    except BaseException:
        listening.close()
        raise
    listening.setblocking(False)  # noqa: FBT003
    return listening


def connect_to(path: Path) -> socket.socket:
    """Return a connection to who listens at a path; it never waits.

    Raises:
        OSError: nobody listens there now, or too many want to at once.
    """
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connected.setblocking(False)  # noqa: FBT003
    try:
        with _short(path) as short:
            connected.connect(short)
    except BaseException:
        connected.close()
        raise
    return connected


@contextmanager
def _short(path: Path) -> Iterator[str]:
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
