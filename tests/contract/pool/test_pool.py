"""Workers come and go: made in milliseconds, replaced when they die, and gone in the end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time

import psutil
import pytest

from switch.wire.worker import Ready, Resting
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

    memory = [
        psutil.Process(pid).memory_full_info().pss / 1e6 for pid in running.nursery.pids.values()
    ]
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
    os.kill(running.nursery.pids[worker.name], signal.SIGKILL)
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
    [name] = running.nursery.pids

    os.kill(running.nursery.pids[name], signal.SIGKILL)

    await running.until(lambda: list(running.nursery.pids) not in ([name], []))
    await running.until(lambda: running.free() == 1)
    assert running.lost == []


async def test_a_nursery_that_is_killed_comes_back_and_calls_are_served(
    opened: OpenPool, capsys: pytest.CaptureFixture[str]
) -> None:
    running = await opened(warm=1)
    busy = await running.take("c1")
    await running.until_expecting(busy, "c1")
    await running.until(lambda: running.free() == 1)
    [nursery] = [one for one in processes_of_ours() if one.name() == "softswitch:nurs"]

    began_s = time.perf_counter()
    nursery.kill()
    # Its workers live on, and the free one is taken at once.
    spare = await running.take("c2")
    await running.until_expecting(spare, "c2")
    async with asyncio.timeout(PATIENCE_S):
        while (third := await running.pool.take("c3")) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await running.until_expecting(third, "c3")
    took_s = time.perf_counter() - began_s

    with capsys.disabled():
        print(f"\na killed nursery is back and its first worker serves in {took_s:.2f} s")  # noqa: T201
    assert took_s < 5
    assert running.lost == []


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
    assert worker.writer is not None
    worker.writer.write(b'{"type":"expe\n{}\n[]\nnull\n\xff\xfe\n' + b"x" * 600_000 + b"\n")

    await running.until_expecting(worker, "c1")

    notices = [m for _name, m in running.heard if getattr(m, "event", "") == "worker.unreadable"]
    assert len(notices) >= 5


async def test_workers_of_a_node_that_is_gone_leave(opened: OpenPool) -> None:
    running = await opened(warm=2, most=2)
    await running.until(lambda: running.free() == 2)
    pids = dict(running.nursery.pids)
    assert len(pids) == 2

    # What the kernel does with the sockets of a node that is killed.
    for port in (running.first_port, running.first_port + 1):
        worker = running.pool.at(port)
        assert worker is not None
        assert worker.writer is not None
        worker.writer.close()

    await running.until(lambda: not any(lives(pid) for pid in pids.values()))
    await running.until(lambda: {(name, 0) for name in pids} <= set(running.exited))


async def test_an_idle_pool_uses_next_to_nothing(
    opened: OpenPool, capsys: pytest.CaptureFixture[str]
) -> None:
    running = await opened(warm=2, most=4)
    await running.until(lambda: running.free() == 2)
    pids = [one.pid for one in processes_of_ours()]
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
    await running.until(lambda: len(processes_of_ours()) == 5)

    began_s = time.perf_counter()
    await running.pool.stop(4)

    assert processes_of_ours() == []
    assert time.perf_counter() - began_s < 6


async def test_nothing_is_left_if_a_worker_hangs(opened: OpenPool) -> None:
    running = await opened(warm=1)
    [pid] = running.nursery.pids.values()
    os.kill(pid, signal.SIGSTOP)

    await running.pool.stop(0.3)

    try:
        # It is nobody's child then: it must be looked for by its number.
        await running.until(lambda: not lives(pid))
    finally:
        if lives(pid):
            os.kill(pid, signal.SIGKILL)


async def test_no_call_is_given_to_a_pool_that_stops(opened: OpenPool) -> None:
    running: Running = await opened(warm=1)
    await running.pool.stop(2)

    assert await running.pool.take("c1") is None
