"""Where nursery and workers come in: a Unix socket in the folder that only we may open."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import structlog

from switch.node.line import Line
from switch.node.nursery import Nursery
from switch.node.pool import Pool
from switch.unix_socket import listen_at
from switch.wire.errors import WireError
from switch.wire.nursery import NurseryHello, decode_first_word

_LOG = structlog.get_logger()
_SAYS_WHO_WITHIN_S: Final = 2.0


class Door:
    """Asks everybody who comes for a first word, and leads him on."""

    def __init__(self, path: Path, *, nursery: Nursery, pool: Pool) -> None:
        """Keep whom to lead where.

        Args:
            path: where the socket is made; the folder must be there.
            nursery: takes the nursery.
            pool: takes the workers.
        """
        self._path = path
        self._nursery = nursery
        self._pool = pool
        self._server: asyncio.Server | None = None
        self._inside: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Let everybody in from now on.

        Raises:
            OSError: the folder is not there.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(
            lambda: Line(self._came), sock=listen_at(self._path)
        )

    async def close(self) -> None:
        """Let nobody in any more, and hang up on who is here."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)
            self._server = None
        for task in self._inside:
            task.cancel()
        if self._inside:
            await asyncio.wait(self._inside)

    def _came(self, line: Line) -> None:
        task = asyncio.create_task(self._enter(line))
        self._inside.add(task)
        task.add_done_callback(self._inside.discard)

    async def _enter(self, line: Line) -> None:
        try:
            await self._serve(line)
        except TimeoutError:
            _LOG.warning("door.broken_off", why="no first word came")
        except WireError as error:
            _LOG.warning("door.stranger", why=str(error))
        except Exception:  # noqa: BLE001
            # A fault of ours costs this line, and whoever had it comes back.
            _LOG.exception("door.fault")
        finally:
            line.close()

    async def _serve(self, line: Line) -> None:
        first = decode_first_word(await asyncio.wait_for(line.first(), _SAYS_WHO_WITHIN_S))
        if isinstance(first, NurseryHello):
            await self._nursery.serve(first, line)
        else:
            await self._pool.serve(first, line)
