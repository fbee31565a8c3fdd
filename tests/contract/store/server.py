"""A PostgreSQL server of our own: in a folder of its own, on a free port of the loopback."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

_PATIENCE_S = 60
_USER = "nobody"
_GROUP = "nogroup"
_ROLE = "softswitch"
_MADE_AS = ("--username", _ROLE, "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8")


class Server:
    """A server that runs until ``stop``, and no longer than whoever started it."""

    def __init__(self, folder: Path, *, safe: bool = False) -> None:
        """Make one.

        Args:
            folder: its own; whoever it runs as must reach it.
            safe: it waits for the disk, as in earnest; a test need not.
        """
        self.folder = folder
        self._safe = safe
        self._child: subprocess.Popen[bytes] | None = None
        self._names = (f"d{number}" for number in itertools.count())
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        made = subprocess.run(
            [*_as_somebody(), _program("initdb"), "--pgdata", self._place, *_MADE_AS],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
        )
        assert made.returncode == 0, made.stderr

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    def start(self) -> None:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": "on" if self._safe else "off",
            "full_page_writes": "on" if self._safe else "off",
            "max_wal_size": "2GB",
        }
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._child = subprocess.Popen(
                [*_as_somebody(), _program("postgres"), "-D", self._place, *options],
                stdout=log,
                stderr=log,
                cwd="/",
            )
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            assert self._child.poll() is None, (self.folder / "log").read_text()
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.url("postgres")).close()
                return
            time.sleep(0.05)
        raise AssertionError("PostgreSQL does not answer")

    def stop(self) -> None:
        if self._child is not None:
            # Fast shutdown: it ends the connections that there are.
            self._child.send_signal(signal.SIGINT)
            self._child.wait(_PATIENCE_S)
            self._child = None

    def url(self, database: str) -> str:
        return f"postgresql://{_ROLE}@127.0.0.1:{self.port}/{database}"

    def fresh(self, options: str = "") -> str:
        """Make an empty database and return its URL."""
        name = next(self._names)
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} {options}".encode())
        return self.url(name)

    @property
    def _place(self) -> str:
        return str(self.folder / "base")


@contextlib.contextmanager
def serving(*, safe: bool = False) -> Iterator[Server]:
    """Start a server, and stop it whatever happens."""
    # Not pytest's folder: that is closed to everybody but us, and as root we are another.
    folder = Path(tempfile.mkdtemp(prefix="softswitch-postgresql-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _USER, _GROUP)
        server = Server(folder, safe=safe)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _as_somebody() -> list[str]:
    """Return what stands before a command: PostgreSQL refuses to be root; if we die, so does it."""
    who = ["--reuid", _USER, "--regid", _GROUP, "--clear-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *who, "--pdeathsig", "INT"]


def _program(name: str) -> str:
    """Return where one of PostgreSQL's programs is: Debian has them in no PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = str(debian[-1]) if debian else shutil.which(name)
    assert found is not None, f"{name} is not installed: ./setup.sh debian brings it"
    return found
