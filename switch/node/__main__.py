"""``python -m switch.node --config FOLDER``: the node's process, started by ``softswitch run``."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from switch import logs
from switch.config import Config, load
from switch.errors import SwitchError
from switch.node.node import Node
from switch.ready import say_ready


def main() -> None:
    """Run the node until SIGTERM; SIGHUP: until another takes its place, with its calls."""
    parser = argparse.ArgumentParser(prog="switch.node")
    parser.add_argument("--config", type=Path, required=True)
    config = load(parser.parse_args().config)
    logs.set_up(level=config.logs.level, form=config.logs.format, part="node")
    try:
        asyncio.run(_serve(config))
    except SwitchError as error:
        sys.exit(f"node: {error}")


async def _serve(config: Config) -> None:
    node = Node(config)
    stop = asyncio.Event()

    def step_aside() -> None:
        node.steps_aside = True
        stop.set()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, step_aside)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    serving = asyncio.create_task(node.run(stop))
    up = asyncio.create_task(node.up.wait())
    await asyncio.wait([serving, up], return_when=asyncio.FIRST_COMPLETED)
    if up.done():
        say_ready()
    await serving


if __name__ == "__main__":
    main()
