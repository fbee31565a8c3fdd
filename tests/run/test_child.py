"""Children that are real programs: small ones, each with a habit of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import structlog

from switch.errors import ChildFailed, ChildNotReady
from switch.run import child as children_that_run
from switch.run.child import Child, ChildPlan
from tests.run.conftest import Descendants
from tests.run.processes import PATIENCE_S, lives, until

SAYS_READY = "import os; os.write(int(os.environ['READY_FD']), b'1')"
SERVES = f"{SAYS_READY}; import time; time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SERVES}"
STEPS_ASIDE = f"""
import signal, sys
signal.signal(signal.SIGHUP, lambda *_: sys.exit(0))
print('here', flush=True)
{SERVES}
"""
SILENT = "import time; time.sleep(60)"
FAILS = "import sys; print('first'); print('no such file: x.cfg', file=sys.stderr); sys.exit(3)"
TALKS_AND_FAILS = "for n in range(100): print('line', n)\nraise SystemExit(1)"
CLOSES_ITS_PIPE = "import os, time; os.close(int(os.environ['READY_FD'])); time.sleep(60)"
HAS_CHILDREN = f"""
import os, signal, time
for _ in range(2):
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(60)
{SERVES}
"""
FAILS_THE_SECOND_TIME = f"""
import os, sys
if os.path.exists(sys.argv[1]):
    sys.exit('it was here before')
open(sys.argv[1], 'w').close()
{SERVES}
"""


class Children:
    """Makes children and knows which processes descend from them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.all: list[Child] = []

    def plan(self, program: str, *arguments: str, **changed: object) -> ChildPlan:
        usual: dict[str, object] = {
            "name": "edge",
            "argv": [sys.executable, "-ISc", program, *arguments],
            "log": self.folder / "child.log",
            "ready": None,
            "ready_within_s": PATIENCE_S,
            "stop_within_s": PATIENCE_S,
        }
        return ChildPlan(**(usual | changed))  # type: ignore[arg-type]

    def child(self, program: str, *arguments: str, **changed: object) -> Child:
        child = Child(self.plan(program, *arguments, **changed))
        self.all.append(child)
        return child


@pytest.fixture
async def children(tmp_path: Path) -> AsyncIterator[Children]:
    made = Children(tmp_path)
    yield made
    for child in made.all:
        child.plan = made.plan("", stop_within_s=0.0)
        await child.stop()


async def test_a_child_that_says_so_is_ready(children: Children) -> None:
    child = children.child(SERVES)

    await child.start()

    assert child.pid is not None
    assert lives(child.pid)
    assert child.starts == 1


async def test_a_child_that_is_asked_is_ready_when_it_answers(children: Children) -> None:
    asked = asyncio.Event()

    async def answers() -> None:
        asked.set()

    await children.child(SILENT, ready=answers).start()

    assert asked.is_set()


async def test_a_child_that_ends_at_once_has_failed_with_its_last_lines(
    children: Children,
) -> None:
    with pytest.raises(ChildFailed) as failure:
        await children.child(FAILS).start()

    assert (failure.value.name, failure.value.exit_status) == ("edge", 3)
    assert "edge ended with exit status 3; its last lines:" in str(failure.value)
    assert "no such file: x.cfg" in str(failure.value)


async def test_of_much_that_a_child_said_only_the_end_is_told(children: Children) -> None:
    with pytest.raises(ChildFailed) as failure:
        await children.child(TALKS_AND_FAILS).start()

    assert failure.value.log_tail.splitlines() == [f"line {n}" for n in range(88, 100)]


async def test_a_child_without_a_log_has_failed_saying_nothing(children: Children) -> None:
    with pytest.raises(ChildFailed, match="saying nothing"):
        await children.child("raise SystemExit(1)", log=None).start()


async def test_a_child_that_a_signal_ended_has_failed_by_it(children: Children) -> None:
    with pytest.raises(ChildFailed, match="by SIGKILL"):
        await children.child("import os; os.kill(os.getpid(), 9)").start()


async def test_a_child_that_is_asked_and_ends_meanwhile_has_failed(children: Children) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    with pytest.raises(ChildFailed):
        await children.child(FAILS, ready=never).start()


@pytest.mark.parametrize("program", [SILENT, CLOSES_ITS_PIPE], ids=["silent", "closes its pipe"])
async def test_a_child_that_is_not_ready_in_time_is_an_error_and_can_be_stopped(
    children: Children,
    program: str,
    descendants: Descendants,
) -> None:
    child = children.child(program, ready_within_s=0.2)

    with pytest.raises(ChildNotReady) as late:
        await child.start()
    await child.stop()

    assert str(late.value) == "edge was not ready after 0.2 s, saying nothing"
    assert descendants() == []


async def test_a_program_that_is_not_there_is_an_error_that_leaves_nothing_open(
    children: Children,
) -> None:
    before = psutil.Process().num_fds()
    child = children.child("", argv=["/no/such/program"])

    with pytest.raises(ChildFailed, match="No such file"):
        await child.start()
    await asyncio.sleep(0.05)

    assert psutil.Process().num_fds() == before


async def test_nothing_is_left_open_by_starts_and_stops(children: Children) -> None:
    async def answers() -> None:
        return

    before = psutil.Process().num_fds()
    for _ in range(3):
        for child in (children.child(SERVES), children.child(SILENT, ready=answers)):
            await child.start()
            await child.stop()
    await asyncio.sleep(0.05)

    assert psutil.Process().num_fds() <= before + 1  # asyncio's watcher of processes


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
async def test_a_child_that_is_killed_is_started_again(
    children: Children, number: signal.Signals
) -> None:
    child = children.child(SERVES)
    await child.start()
    first = child.pid
    assert first is not None

    began_s = time.monotonic()
    os.kill(first, number)
    await until(lambda: child.starts == 2 and child.pid not in {first, None})

    assert time.monotonic() - began_s < 5


async def test_a_child_that_ends_again_and_again_is_started_ever_more_seldom(
    children: Children,
) -> None:
    child = children.child(FAILS_THE_SECOND_TIME, str(children.folder / "was-here"))
    await child.start()
    assert child.pid is not None

    os.kill(child.pid, signal.SIGKILL)
    await asyncio.sleep(1.0)

    # At once, after 0.2 s, 0.4 s more, 0.8 s more.
    assert 2 <= child.starts <= 4


async def test_a_child_that_steps_aside_is_followed_by_another_at_once(children: Children) -> None:
    child = children.child(STEPS_ASIDE)
    await child.start()
    log = children.folder / "child.log"

    with structlog.testing.capture_logs() as logged:
        for starts in (2, 3, 4, 5):
            assert child.pid is not None
            os.kill(child.pid, signal.SIGHUP)
            wanted = "here\n" * starts
            await until(lambda wanted=wanted: log.read_text() == wanted)  # type: ignore[misc]
            await until(lambda: logged[-1]["event"] == "child.started_again")

    pauses = [line["again_in_s"] for line in logged if line["event"] == "child.ended"]
    assert pauses == [0.0] * 4


async def test_a_child_that_serves_and_is_killed_again_and_again_is_soon_back(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children_that_run, "_FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(children_that_run, "_LONGEST_PAUSE_OF_SERVED_S", 0.04)
    child = children.child(SERVES)
    await child.start()

    with structlog.testing.capture_logs() as logged:
        for starts in range(2, 9):
            assert child.pid is not None
            os.kill(child.pid, signal.SIGKILL)
            await until(lambda starts=starts: child.starts == starts)  # type: ignore[misc]
            await until(lambda: logged[-1]["event"] == "child.started_again")

    pauses = [line["again_in_s"] for line in logged if line["event"] == "child.ended"]
    assert pauses == [0.0, 0.01, 0.02, 0.04, 0.04, 0.04, 0.04]


async def test_a_program_that_is_away_for_a_moment_is_started_when_it_is_back(
    children: Children,
) -> None:
    program = children.folder / "program"
    program.symlink_to(sys.executable)
    child = children.child("", argv=[str(program), "-ISc", SERVES])
    await child.start()
    first = child.pid
    assert first is not None

    program.unlink()  # as while it is being upgraded
    os.kill(first, signal.SIGKILL)
    await asyncio.sleep(0.4)
    program.symlink_to(sys.executable)

    await until(lambda: child.pid not in {first, None})


async def test_what_a_child_leaves_behind_is_ended_before_it_is_started_again(
    children: Children,
) -> None:
    child = children.child(HAS_CHILDREN)
    await child.start()
    assert child.pid is not None
    orphans = [one.pid for one in psutil.Process(child.pid).children()]
    assert len(orphans) == 2

    os.kill(child.pid, signal.SIGKILL)
    await until(lambda: child.starts == 2)

    await until(lambda: not any(lives(pid) for pid in orphans))


async def test_a_stop_ends_a_child_that_listens_at_once(
    children: Children, descendants: Descendants
) -> None:
    child = children.child(SERVES)
    await child.start()

    began_s = time.monotonic()
    await child.stop()

    assert time.monotonic() - began_s < 2
    assert child.pid is None
    assert descendants() == []


async def test_a_stop_ends_a_child_that_does_not_listen(
    children: Children, descendants: Descendants
) -> None:
    child = children.child(STUBBORN, stop_within_s=0.3)
    await child.start()

    await child.stop()

    assert descendants() == []


async def test_a_stop_ends_the_children_of_a_child_too(
    children: Children, descendants: Descendants
) -> None:
    child = children.child(HAS_CHILDREN)
    await child.start()
    assert child.pid is not None
    pids = [one.pid for one in descendants()]
    assert len(pids) == 3

    await child.stop()

    await until(lambda: not any(lives(pid) for pid in pids))


async def test_a_child_that_was_stopped_stays_so(
    children: Children, descendants: Descendants
) -> None:
    child = children.child(SERVES)
    await child.start()
    await child.stop()

    await asyncio.sleep(0.5)

    assert child.starts == 1
    assert descendants() == []


async def test_a_stop_while_it_is_being_started_again_leaves_nothing(
    children: Children, descendants: Descendants
) -> None:
    program = children.folder / "program.py"
    program.write_text(SERVES, encoding="utf-8")
    child = children.child("", argv=[sys.executable, "-IS", str(program)])
    await child.start()
    program.write_text(SILENT, encoding="utf-8")
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    await until(lambda: child.starts == 2)

    await child.stop()

    await asyncio.sleep(0.3)
    assert descendants() == []


async def test_a_stop_of_what_was_never_started_does_nothing(children: Children) -> None:
    await children.child(SERVES).stop()


async def test_a_child_has_the_environment_that_its_plan_says(children: Children) -> None:
    asks = "import os, sys; sys.exit(int(os.environ['COLOUR'] == 'red' and 'PATH' in os.environ))"

    with pytest.raises(ChildFailed) as failure:
        await children.child(asks, environment={"COLOUR": "red"}).start()

    assert failure.value.exit_status == 1


SUPERVISOR = """
import asyncio, sys
from pathlib import Path
from switch.run.child import Child, ChildPlan

async def main():
    child = Child(ChildPlan(
        name="child", argv=[sys.executable, "-ISc", sys.argv[1]], log=None, ready=None))
    await child.start()
    print(child.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_supervisor_that_is_killed_takes_its_children_along() -> None:
    supervisor = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SUPERVISOR, SERVES, stdout=asyncio.subprocess.PIPE
    )
    assert supervisor.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        pid = int(await supervisor.stdout.readline())
    assert lives(pid)

    supervisor.kill()
    await supervisor.wait()

    await until(lambda: not lives(pid))
