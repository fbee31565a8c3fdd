"""``python -m switch.desk --config FOLDER``: the desk's process, started by ``softswitch run``."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

import structlog

from switch import logs
from switch.config import Config, load
from switch.desk.assembler import Assembler
from switch.desk.bus import BusAddress
from switch.desk.errors import StoreError
from switch.desk.meters import Metered, Meters
from switch.desk.serving import serve
from switch.desk.store import Store, make_store
from switch.desk.upkeep import Upkeep
from switch.errors import ConfigError
from switch.ready import say_ready
from switch.scrape import Scrape

_log = structlog.get_logger()


def main() -> int:
    """Run the desk until SIGTERM and return its exit status: 1 if it cannot begin."""
    parser = argparse.ArgumentParser(prog="switch.desk")
    parser.add_argument("--config", type=Path, required=True)
    path = parser.parse_args().config
    try:
        config = load(path)
    except ConfigError as error:
        print(error, file=sys.stderr)  # noqa: T201 -- how logs look is not known yet
        return 1
    logs.set_up(level=config.logs.level, form=config.logs.format, part="desk")
    try:
        store = make_store(config.store_url)
    except StoreError as error:
        _log.error("desk.no_store", problem=str(error))
        return 1
    try:
        return asyncio.run(_serve(config, store))
    finally:
        store.close()


async def _serve(config: Config, store: Store) -> int:
    """Run the desk on this store until SIGTERM."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    meters = Meters()
    assembler = Assembler(Metered(store, meters))
    meters.counts = assembler.counts
    bus = config.bus
    address = BusAddress(
        host=bus.host,
        port=bus.port,
        client_id=f"softswitch-desk-{config.switch.node}",
        username=bus.username,
        password=bus.password,
    )
    upkeep = Upkeep(store, keep_days=config.desk.keep_days)
    up = asyncio.create_task(assembler.up.wait())
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(assembler.run(address, stopping))
        tasks.create_task(upkeep.run(stopping))
        tasks.create_task(serve(config, store, assembler, stopping, meters))
        tasks.create_task(_show(config, store, stopping, meters))
        await asyncio.wait({running, up}, return_when=asyncio.FIRST_COMPLETED)
        if assembler.up.is_set():
            say_ready()
        up.cancel()
    return 0


async def _show(config: Config, store: Store, stopping: asyncio.Event, meters: Meters) -> None:
    """Show the numbers of this desk until ``stopping`` is set."""
    where = config.metrics
    scrape = Scrape(meters.registry, address=where.address, port=where.desk_port)
    shown = [
        asyncio.create_task(scrape.run(), name="metrics"),
        asyncio.create_task(meters.run(store), name="desk counts"),
    ]
    await stopping.wait()
    for one in shown:
        one.cancel()
    await asyncio.gather(*shown, return_exceptions=True)


if __name__ == "__main__":
    sys.exit(main())
