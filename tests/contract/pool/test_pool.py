"""Workers come and go: made in milliseconds, replaced when they die, and gone in the end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time

import psutil
import pytest

from switch import roll
from switch.wire.worker import Changed, Ready, Resting
from tests.contract.pool.conftest import (
    OpenPool,
    Running,
    cpu_s,
    expect,
    ports_in_a_row,
    processes_of_ours,
)
from tests.run.processes import PATIENCE_S, lives

pytestmark = pytest.mark.contract


async def test_a_worker_is_made_in_milliseconds(
    opened: OpenPool, capsys: pytest.CaptureFixture[str]
) -> None:
    running = await opened(warm=1, most=6)
    took_ms: list[float] = []
    for number in range(4):
        # The warm one goes, and another is made in its place.
        began_s = time.perf_counter()
        await running.take(f"c{number}")
        await running.until(lambda: running.free() == 1)
        took_ms.append(1000 * (time.perf_counter() - began_s))

    memory = [psutil.Process(pid).memory_full_info().pss / 1e6 for pid in running.pids().values()]
    with capsys.disabled():
        print(  # noqa: T201
            f"\na worker is ready in {min(took_ms):.0f} to {max(took_ms):.0f} ms "
            f"and uses {max(memory):.1f} MB (PSS, of {len(memory)} workers)"
        )
    assert max(took_ms) < 2000


async def test_only_so_many_are_made_and_the_next_call_is_refused(opened: OpenPool) -> None:
    running = await opened(warm=1, most=2)
    await running.take("c1")
    await running.take("c2")

    assert await running.pool.take("c3") is None
    assert running.pool.refused == 1
    assert running.pool.counts["taken"] == 2


async def test_workers_have_ports_of_their_own_and_listen_on_them(opened: OpenPool) -> None:
    running = await opened(warm=2, most=2)
    await running.until(lambda: running.free() == 2)
    workers = [await running.take("c1"), await running.take("c2")]

    assert sorted(w.port for w in workers) == [running.first_port, running.first_port + 1]
    for worker in workers:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe,
            pytest.raises(OSError, match="in use"),
        ):
            probe.bind(("127.0.0.1", worker.port))


async def test_a_port_that_somebody_else_has_is_passed_over(opened: OpenPool) -> None:
    first = ports_in_a_row(3)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind(("127.0.0.1", first))
        running = await opened(warm=1, most=3, first_port=first)

        assert (await running.take("c1")).port == first + 1


async def test_a_worker_that_is_killed_is_replaced_at_once_and_its_call_is_told(
    opened: OpenPool, capsys: pytest.CaptureFixture[str]
) -> None:
    running = await opened(warm=1)
    worker = await running.take("c1")
    await running.until(lambda: running.free() == 1)
    await running.until_expecting(worker, "c1")

    began_s = time.perf_counter()
    os.kill(running.pids()[worker.name], signal.SIGKILL)
    await running.until(lambda: running.lost == [(worker.name, "c1")])
    await running.until_expecting(await running.take("c2"), "c2")
    took_s = time.perf_counter() - began_s

    with capsys.disabled():
        print(f"\na killed worker's call is known and the next is served in {took_s:.3f} s")  # noqa: T201
    assert took_s < 5
    await running.until(lambda: (worker.name, -signal.SIGKILL) in running.exited)
    assert running.pool.replaced == 1
    await running.until(lambda: running.free() == 1)


async def test_an_idle_worker_that_is_killed_is_replaced_and_nobody_is_told(
    opened: OpenPool,
) -> None:
    running = await opened(warm=1)
    [name] = running.pids()

    os.kill(running.pids()[name], signal.SIGKILL)

    await running.until(lambda: list(running.pids()) not in ([name], []))
    await running.until(lambda: running.free() == 1)
    assert running.lost == []


async def test_workers_outlive_their_nursery_and_the_next_one_makes_more(
    opened: OpenPool, capsys: pytest.CaptureFixture[str]
) -> None:
    running = await opened(warm=1)
    busy = await running.take("c1")
    await running.until_expecting(busy, "c1")
    await running.until(lambda: running.free() == 1)

    running.nursery.kill()
    # As the supervisor clears up behind a child that has died: workers are in groups of their own.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(running.nursery.pid, signal.SIGKILL)
    await running.nursery.wait()
    # Its workers live on, and the free one is taken at once.
    spare = await running.take("c2")
    await running.until_expecting(spare, "c2")
    began_s = time.perf_counter()
    await running.start_nursery()
    async with asyncio.timeout(PATIENCE_S):
        while (third := await running.pool.take("c3")) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await running.until_expecting(third, "c3")
    took_s = time.perf_counter() - began_s

    with capsys.disabled():
        print(f"\na new nursery is there and its first worker serves in {took_s:.2f} s")  # noqa: T201
    assert took_s < 5
    assert running.lost == []


async def test_workers_outlive_their_node_and_the_next_one_finds_them(
    opened: OpenPool, capsys: pytest.CaptureFixture[str]
) -> None:
    running = await opened(warm=1)
    busy = await running.take("c1")
    await running.until_expecting(busy, "c1")
    await running.until(lambda: running.free() == 1)
    before = running.pids()

    await running.die()
    # Its INVITE never came: that its call is over is said to the next node.
    began_s = time.perf_counter()
    await running.open(warm=1)
    await running.until(lambda: len(running.pool.having("c1")) == 1)
    took_s = time.perf_counter() - began_s

    with capsys.disabled():
        print(f"\na worker with a call is back at the next node in {took_s:.3f} s")  # noqa: T201
    assert running.pids() == before
    running.heard.clear()
    await running.until(lambda: (busy.name, Resting(conversation_id="c1")) in running.heard)
    legs = {m.record.leg_id: m.record for _name, m in running.heard if isinstance(m, Changed)}
    assert [leg.state for leg in legs.values()] == ["ended", "ended"]


async def test_what_no_node_has_confirmed_is_said_to_the_next_until_it_is(
    opened: OpenPool,
) -> None:
    running = await opened(warm=1, most=1)
    worker = await running.take("c1")
    await running.until_expecting(worker, "c1")
    await running.die()
    await asyncio.sleep(3.2)  # the INVITE never comes: the call ends while there is no node

    await running.open(warm=1)

    numbers = [m.number for _name, m in running.heard if isinstance(m, Changed)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 2
    await running.die()
    running.heard.clear()
    await running.open(warm=1)
    assert [m for _name, m in running.heard if isinstance(m, Changed)] == []


async def test_a_call_that_never_came_frees_its_worker(opened: OpenPool) -> None:
    running = await opened(warm=1)
    worker = await running.take("c1")

    await running.until_expecting(worker, "c1")

    await running.until(lambda: (worker.name, Resting(conversation_id="c1")) in running.heard)
    await running.until(lambda: (worker.name, Ready(conversations=1)) in running.heard)


async def test_a_worker_that_has_had_its_share_is_replaced_by_a_new_one(
    opened: OpenPool,
) -> None:
    running = await opened(warm=1, most=1, recycle_after=1)
    worker = await running.take("c1")
    worker.tell(expect("c1"))

    await running.until(lambda: (worker.name, 0) in running.exited)

    await running.until(lambda: running.free() == 1)
    assert (await running.take("c2")).name != worker.name
    assert running.lost == []


async def test_a_line_that_cannot_be_read_harms_nobody(opened: OpenPool) -> None:
    running = await opened(warm=1)
    worker = await running.take("c1")
    assert worker.line is not None
    worker.line.write(b'{"type":"expe\n{}\n[]\nnull\n\xff\xfe\n' + b"x" * 600_000 + b"\n")

    await running.until_expecting(worker, "c1")

    notices = [m for _name, m in running.heard if getattr(m, "event", "") == "worker.unreadable"]
    assert len(notices) >= 5


async def test_a_line_that_is_lost_is_made_again(opened: OpenPool) -> None:
    running = await opened(warm=1, most=1)
    worker = await running.take("c1")
    assert worker.line is not None

    worker.line.close()

    await running.until(lambda: worker.line is not None and worker.line.is_up)
    await running.until(lambda: running.free() == 1)
    await running.until_expecting(await running.take("c2"), "c2")
    assert running.lost == []


async def test_an_idle_pool_uses_next_to_nothing(
    opened: OpenPool, capsys: pytest.CaptureFixture[str]
) -> None:
    running = await opened(warm=2, most=4)
    await running.until(lambda: running.free() == 2)
    pids = [one.pid for one in processes_of_ours(running)]
    assert len(pids) == 3
    await asyncio.sleep(0.3)
    before_s = [cpu_s(pid) for pid in pids]

    await asyncio.sleep(2)

    used_s = [cpu_s(pid) - before for pid, before in zip(pids, before_s, strict=True)]
    with capsys.disabled():
        print(f"\nnursery and 2 idle workers use {sum(used_s) / 2:.2%} of a core")  # noqa: T201
    assert sum(used_s) < 0.2


async def test_nothing_is_left_after_a_stop(opened: OpenPool) -> None:
    running = await opened(warm=3, most=4)
    await running.until(lambda: running.free() == 3)
    worker = await running.take("c1")
    await running.until_expecting(worker, "c1")
    # The fourth takes the place of the one that was taken.
    await running.until(lambda: len(processes_of_ours(running)) == 5)

    began_s = time.perf_counter()
    await running.stop()

    assert processes_of_ours(running) == []
    assert not list((running.run_dir / "workers").iterdir())
    assert time.perf_counter() - began_s < 6


async def test_nothing_is_left_if_a_worker_hangs(opened: OpenPool) -> None:
    running = await opened(warm=1)
    [pid] = running.pids().values()
    os.kill(pid, signal.SIGSTOP)

    await running.stop(0.3)

    try:
        await running.until(lambda: not lives(pid))
    finally:
        if lives(pid):
            os.kill(pid, signal.SIGKILL)


async def test_nothing_is_left_of_a_nursery_that_died_before(opened: OpenPool) -> None:
    running = await opened(warm=1)
    [pid] = running.pids().values()
    os.kill(pid, signal.SIGSTOP)
    running.nursery.kill()
    await running.stop(0.3)
    assert lives(pid)

    assert roll.sweep(running.run_dir) == 1

    await running.until(lambda: not lives(pid))


async def test_no_call_is_given_to_a_pool_that_stops(opened: OpenPool) -> None:
    running: Running = await opened(warm=1)
    await running.pool.stop(2)

    assert await running.pool.take("c1") is None
