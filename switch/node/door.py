"""Where nursery and workers come in: a Unix socket in the folder that only we may open."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Final

import structlog

from switch.node.nursery import Nursery
from switch.node.pool import Pool
from switch.unix_socket import listen_at
from switch.wire.errors import WireError
from switch.wire.nursery import NurseryHello, decode_first_word
from switch.wire.worker import LINE_LIMIT_BYTES

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
        self._server = await asyncio.start_unix_server(
            self._enter, sock=listen_at(self._path), limit=LINE_LIMIT_BYTES
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

    async def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._inside.add(task)
        try:
            await self._serve(reader, writer)
        except (ConnectionError, TimeoutError, ValueError, asyncio.IncompleteReadError) as error:
            _LOG.warning("door.broken_off", why=str(error))
        except WireError as error:
            _LOG.warning("door.stranger", why=str(error))
        except asyncio.CancelledError:
            # Only by us, at the end; asyncio's server would write of it as of an error.
            return
        finally:
            self._inside.discard(task)
            with contextlib.suppress(ConnectionError):
                writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = decode_first_word(await asyncio.wait_for(reader.readline(), _SAYS_WHO_WITHIN_S))
        if isinstance(first, NurseryHello):
            await self._nursery.serve(first, reader, writer)
        else:
            await self._pool.serve(first, reader, writer)
