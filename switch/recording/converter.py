"""Converts what is in the spool, one recording at a time, and puts it into the store.

Whatever step it dies at, the next one does the same again: the sound file is finished before it
is stored, the account beside it is stored after it, the plan is renamed after both, and only
then is what was recorded removed.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import av
import msgspec
import structlog

from switch.config import RecordingSettings
from switch.recording.render import Recording, render
from switch.recording.spool import Spool
from switch.recording.store import Store, StoreFailed, remove_older
from switch.recording.syncing import sync_file
from switch.recording.tape.line import name_of
from switch.recording.tape.marks import Marks
from switch.recording.tape.pcap import NotACapture

_LOOK_AFTER_OLD_S: Final = 3600.0

_log = structlog.get_logger()


class Converter:
    """Empties a spool into a store."""

    def __init__(
        self,
        spool: Spool,
        store: Store,
        settings: RecordingSettings,
        *,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """Join what it needs.

        Args:
            spool: where recordings come from.
            store: where they go.
            settings: how they are written, and how long they are kept.
            now_s: the clock, in seconds since 1970.
        """
        self._spool = spool
        self._store = store
        self._settings = settings
        self._now_s = now_s
        self._looked_s = float("-inf")

    def run_once(self) -> bool:
        """Convert and store what is finished, and remove what is old.

        Returns:
            Whether nothing is left to be tried again: what the store does not take, or the disk
            has no room for, stays in the spool.
        """
        self._spool.forget_erased()
        self._spool.tidy()
        finished = self._spool.finished(
            now_s=self._now_s(), abandoned_after_s=self._settings.abandoned_after_s
        )
        # Each is tried: what is wrong with one may be nobody else's trouble.
        done = [self._try(conversation_id) for conversation_id in finished]
        self._spool.tidy()
        return all([*done, self._remove_old()])

    def _try(self, conversation_id: str) -> bool:
        try:
            self._convert(conversation_id)
        except NotACapture as error:
            self._spool.has_failed(conversation_id)
            _log.error("recording.failed", conversation=conversation_id, problem=str(error))
        except (StoreFailed, OSError, av.FFmpegError) as error:
            _log.error("recording.waits", conversation=conversation_id, problem=str(error))
            return False
        return True

    def _convert(self, conversation_id: str) -> None:
        began_s = time.process_time()
        recording = self._spool.recording(conversation_id)
        folder = self._spool.made / conversation_id
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"recording.{self._settings.format}"
        account = folder / "recording.json"
        made = _made_before(recording, path, account) or self._make(recording, path, account)
        if made is None:
            _log.info("recording.empty", conversation=conversation_id)
        else:
            names = {
                name_of(conversation_id, made.began_at, one.suffix.removeprefix(".")): one
                for one in (path, account)
            }
            for name, one in names.items():
                self._store.put(one, name)
            if self._spool.is_erased(conversation_id):
                for name in names:
                    self._store.remove(name)
            _log.info(
                "recording.stored",
                conversation=conversation_id,
                duration_s=made.duration_s,
                bytes=path.stat().st_size,
                cpu_s=round(time.process_time() - began_s, 2),
            )
        self._spool.is_stored(conversation_id)

    def _make(self, recording: Recording, path: Path, account: Path) -> Marks | None:
        try:
            made = render(recording, path, self._settings.format)
        except (OSError, av.FFmpegError):
            # Half a file is of no use, and takes what room there is.
            path.unlink(missing_ok=True)
            raise
        if made is not None:
            sync_file(path)
            draft = account.with_suffix(".draft")
            draft.write_bytes(msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n")
            draft.rename(account)
        return made

    def _remove_old(self) -> bool:
        keep_days, now_s = self._settings.keep_days, self._now_s()
        if keep_days is None or now_s - self._looked_s < _LOOK_AFTER_OLD_S:
            return True
        today = dt.datetime.fromtimestamp(now_s, dt.UTC).date()
        try:
            removed = remove_older(self._store, than=today - dt.timedelta(days=keep_days))
        except StoreFailed as error:
            _log.error("recording.keeps", problem=str(error))
            return False
        self._looked_s = now_s
        if removed:
            _log.info("recording.removed", files=removed, keep_days=keep_days)
        return True


def _made_before(recording: Recording, path: Path, account: Path) -> Marks | None:
    """Return the account of what was made and could not be stored, unless more was recorded."""
    if not account.exists() or not path.exists() or not recording.plan.is_over:
        return None
    return msgspec.json.decode(account.read_bytes(), type=Marks)
