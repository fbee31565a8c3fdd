"""Runs what people see of the desk beside what it does: the board, the pages and the API."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

import structlog

from switch.config import Config
from switch.desk import asker
from switch.desk.asker import Bus
from switch.desk.assembler import Assembler
from switch.desk.contacts import make_contacts
from switch.desk.errors import StoreError
from switch.desk.meters import Meters
from switch.desk.people import People
from switch.desk.store import Store
from switch.desk.watching import Watcher
from switch.desk.webhook import Webhook
from switch.live.board import STALE_S, Board
from switch.records.leg import LegRecord
from switch.records.of_leg import instant

_LOG = structlog.get_logger()
_MOST_OPEN: Final = 2000
_AGAIN_AFTER_S: Final = 5.0


async def serve(
    config: Config, store: Store, assembler: Assembler, stopping: asyncio.Event, meters: Meters
) -> None:
    """Show what there is to see, until ``stopping`` is set; whatever happens, records are kept."""
    while not stopping.is_set():
        try:
            await _serve(config, store, assembler, stopping, meters)
        except Exception:  # noqa: BLE001 -- records are stored whatever becomes of the pages
            _LOG.exception("desk.pages_failed", again_in_s=_AGAIN_AFTER_S)
        if not stopping.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), _AGAIN_AFTER_S)


async def _serve(
    config: Config, store: Store, assembler: Assembler, stopping: asyncio.Event, meters: Meters
) -> None:
    """Show what there is to see.

    The web framework is loaded here, and in a thread: records are stored meanwhile.
    """
    await asyncio.to_thread(importlib.import_module, "switch.desk.web.app")
    from switch.desk.web.app import Server
    from switch.desk.web.desk import Desk
    from switch.desk.web.hub import Hub

    bus = config.bus
    address = Bus(host=bus.host, port=bus.port, username=bus.username, password=bus.password)
    board = Board(reps=tuple(rep.name for rep in config.dialplan.reps))
    hub = Hub(board)
    watcher = Watcher(address, board, known=partial(_known, store), tell=hub.tell)
    assembler.hears = watcher.hear
    desk = Desk(
        config=config,
        store=store,
        people=People(config.desk_path),
        hub=hub,
        contacts=make_contacts(config.contacts, config.switch.country),
        ask=partial(asker.ask, address),
        is_connected=lambda: watcher.is_connected,
    )
    meters.pages, meters.is_connected = lambda: hub.pages, lambda: watcher.is_connected
    beside: list[asyncio.Task[None]] = [asyncio.create_task(watcher.run(), name="desk watches")]
    if config.webhook.url:
        webhook = Webhook(config.webhook, store, desk.contacts)
        beside.append(asyncio.create_task(webhook.run(stopping), name="desk posts"))
    try:
        await Server(desk, meters).run(stopping)
    finally:
        assembler.hears = None
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)


async def _known(store: Store, ids: Sequence[str]) -> Sequence[Sequence[LegRecord]]:
    """Return what is stored of these conversations, and of those that go on."""
    since = instant(time.time() - STALE_S)
    try:
        return await asyncio.to_thread(store.known, ids, since=since, limit=_MOST_OPEN)
    except StoreError as error:
        _LOG.warning("desk.board_incomplete", problem=str(error))
        return ()
