"""``python -m switch.node --config FOLDER``: the node's process, started by ``softswitch run``."""

from __future__ import annotations

import argparse
import asyncio
import signal
from pathlib import Path

from switch import logs
from switch.config import load
from switch.node.node import Node
from switch.ready import say_ready


def main() -> None:
    """Run the node until SIGTERM."""
    parser = argparse.ArgumentParser(prog="switch.node")
    parser.add_argument("--config", type=Path, required=True)
    config = load(parser.parse_args().config)
    logs.set_up(level=config.logs.level, form=config.logs.format, part="node")
    asyncio.run(_serve(Node(config)))


async def _serve(node: Node) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
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
