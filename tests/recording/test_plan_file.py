"""The plan as a worker writes it, and goes on with it after another."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from switch.recording.plan_file import PlanFile, end_plan, make_spool, plan_path
from switch.recording.tape.line import ConversationOver, LegHeard, RecordingStarted, decode
from tests.recording.full import limited_files


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    make_spool(tmp_path / "spool")
    return tmp_path / "spool"


def test_each_line_is_in_the_file_at_once(spool: Path) -> None:
    with PlanFile(spool, "c1") as plan:
        plan.append(RecordingStarted(at_s=1.0))
        assert decode(plan_path(spool, "c1").read_bytes().splitlines()) == [
            RecordingStarted(at_s=1.0)
        ]


def test_another_worker_goes_on_also_after_half_a_line(spool: Path) -> None:
    with PlanFile(spool, "c1") as plan:
        plan.append(RecordingStarted(at_s=1.0))
        plan.append(LegHeard(at_s=2.0, leg_id="a"))
    path = plan_path(spool, "c1")
    path.write_bytes(path.read_bytes()[:-5])

    for _worker in range(2):
        with PlanFile(spool, "c1") as plan:
            plan.append(ConversationOver(at_s=3.0))

    assert decode(path.read_bytes().splitlines()) == [
        RecordingStarted(at_s=1.0),
        ConversationOver(at_s=3.0),
        ConversationOver(at_s=3.0),
    ]


def test_of_a_line_that_a_full_disk_does_not_take_nothing_is_left(spool: Path) -> None:
    path = plan_path(spool, "c1")
    with PlanFile(spool, "c1") as plan:
        plan.append(RecordingStarted(at_s=1.0))
        with limited_files(path.stat().st_size + 10), pytest.raises(OSError, match="No space left"):
            plan.append(LegHeard(at_s=2.0, leg_id="a"))
        plan.append(ConversationOver(at_s=3.0))

    assert decode(path.read_bytes().splitlines()) == [
        RecordingStarted(at_s=1.0),
        ConversationOver(at_s=3.0),
    ]


def test_only_the_owner_may_look_into_the_spool(spool: Path) -> None:
    with PlanFile(spool, "c1"):
        modes = [stat.S_IMODE(one.stat().st_mode) for one in (spool, plan_path(spool, "c1"))]

    assert modes == [0o700, 0o600]


def test_the_plan_of_a_dead_worker_is_ended_and_none_is_begun(tmp_path: Path) -> None:
    make_spool(tmp_path)
    end_plan(tmp_path, "c1", at_s=5.0)
    assert not plan_path(tmp_path, "c1").exists()

    PlanFile(tmp_path, "c1").close()
    end_plan(tmp_path, "c1", at_s=5.0)

    lines = decode(plan_path(tmp_path, "c1").read_bytes().splitlines())
    assert lines == [ConversationOver(at_s=5.0)]
