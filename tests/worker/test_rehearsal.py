"""The call that nobody makes goes as a call goes, and leaves no trace."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from switch.records.leg import LegRecord
from switch.wire.survival import Standing
from switch.wire.worker import Changed, Noticed, encode
from switch.worker import rehearsal, saying
from switch.worker.rehearsal import rehearse

FILES = Path("/proc/self/fd")


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return what is said to nobody while one call is played."""
    kept: list[Any] = []

    def keep(message: Any) -> bytes:
        kept.append(message)
        return encode(message)

    monkeypatch.setattr(saying, "encode", keep)
    monkeypatch.setattr(rehearsal, "_TIMES", 1)
    return kept


def last_records(said: list[Any]) -> list[LegRecord]:
    records = [one.record for one in said if isinstance(one, Changed)]
    return list({one.leg_id: one for one in records}.values())


def test_it_is_put_through_and_ends(tmp_path: Path, said: list[Any]) -> None:
    rehearse(tmp_path)

    legs = last_records(said)
    assert [(one.state, one.end_reason) for one in legs] == [("ended", "completed")] * 2
    assert all(one.answered_at is not None for one in legs)
    # Its messages were understood, and no command failed.
    assert {one.leg_id for one in said if isinstance(one, Standing)} == {one.leg_id for one in legs}
    assert [one for one in said if isinstance(one, Noticed)] == []


def test_it_leaves_neither_files_nor_words(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = len(list(FILES.iterdir()))

    rehearse(tmp_path)

    assert list(tmp_path.iterdir()) == []
    assert len(list(FILES.iterdir())) == before
    assert capfd.readouterr() == ("", "")


def test_one_that_was_cut_short_stops_no_other(tmp_path: Path, said: list[Any]) -> None:
    left = tmp_path / "rehearsal" / "workers" / "4711"
    left.parent.mkdir(parents=True)
    left.touch()

    rehearse(tmp_path)

    assert len(last_records(said)) == 2
