"""Whether there is room is looked at while something is recorded, and not otherwise."""

from __future__ import annotations

import asyncio

from switch.worker.room_watch import RoomWatch
from tests.run.processes import until


class Disk:
    def __init__(self) -> None:
        self.looks = 0
        self.told = 0
        self.watch = RoomWatch(self._is_running_out, self._ran_out, every_s=0.001)

    def _is_running_out(self) -> bool:
        self.looks += 1
        return self.looks > 2

    def _ran_out(self) -> None:
        self.told += 1


async def test_who_records_is_told_once_that_the_disk_is_nearly_full() -> None:
    disk = Disk()
    disk.watch.start()
    disk.watch.start()

    await until(lambda: disk.told > 0)
    await asyncio.sleep(0.02)

    assert (disk.looks, disk.told) == (3, 1)


async def test_when_nothing_is_recorded_nobody_looks() -> None:
    disk = Disk()
    disk.watch.start()
    disk.watch.stop()
    disk.watch.stop()

    await asyncio.sleep(0.02)

    assert disk.looks == 0
