"""Unix sockets in folders whose paths are longer than the kernel takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from switch.unix_socket import connect_to, listen_at


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    return folder / "node.sock"


def test_a_path_may_be_of_any_length(path: Path) -> None:
    with listen_at(path) as listening, connect_to(path) as caller:
        callee, _address = listening.accept()
        with callee:
            caller.sendall(b"hello")
            assert callee.recv(10) == b"hello"


def test_what_another_has_left_there_is_no_hindrance(path: Path) -> None:
    listen_at(path).close()
    with pytest.raises(ConnectionRefusedError):
        connect_to(path)

    with listen_at(path), connect_to(path):
        pass


def test_nobody_is_waited_for(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        connect_to(path)
    with pytest.raises(FileNotFoundError):
        listen_at(path.parent / "nowhere" / "node.sock")
