"""The spool folder: what was recorded and is not stored yet.

What became of a conversation's recording stands in the name of its plan, which changes in one
step::

    plans/ID.jsonl    recorded, or being recorded
    plans/ID.stored   stored: what is left of it may go
    plans/ID.failed   cannot be converted; everything is kept for somebody to look at
    plans/ID.erased   to be forgotten, whatever else it is
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from switch.recording.erasing import erased_path
from switch.recording.plan_file import captures_of, is_held, make_spool, plan_path
from switch.recording.render import Recording
from switch.recording.syncing import sync_folder
from switch.recording.tape.line import decode, is_name
from switch.recording.tape.plan import fold


class Spool:
    """What lies in one spool folder."""

    def __init__(self, folder: Path) -> None:
        """Make the folder if need be."""
        make_spool(folder)
        self._folder = folder
        self._plans = folder / "plans"
        self.made = folder / "made"
        self.made.mkdir(mode=0o700, exist_ok=True)

    def finished(self, *, now_s: float, abandoned_after_s: float) -> list[str]:
        """Return the conversations whose recording is over, the earliest first.

        Over is also one that nobody ended: whose worker has died, and to which rtpengine
        has added nothing for so long.
        """
        found = []
        for conversation_id, path in self._named("jsonl"):
            recording = self.recording(conversation_id)
            newest_s = _newest_s(path, *recording.captures)
            is_old = now_s - newest_s > abandoned_after_s
            if recording.plan.is_over or (is_old and not is_held(path)):
                found.append((recording.plan.from_s or newest_s, conversation_id))
        return [conversation_id for _from_s, conversation_id in sorted(found)]

    def recording(self, conversation_id: str) -> Recording:
        """Return what was recorded of a conversation."""
        lines = plan_path(self._folder, conversation_id).read_bytes().splitlines()
        return Recording(
            conversation_id=conversation_id,
            plan=fold(decode(lines)),
            captures=captures_of(self._folder, conversation_id),
        )

    def is_stored(self, conversation_id: str) -> None:
        """Note that a recording is stored: its captures are wanted no more."""
        self._rename(conversation_id, "stored")

    def has_failed(self, conversation_id: str) -> None:
        """Put a recording aside that cannot be converted."""
        self._rename(conversation_id, "failed")

    def is_erased(self, conversation_id: str) -> bool:
        """Whether a recording is to be forgotten."""
        return erased_path(self._folder, conversation_id).exists()

    def forget_erased(self) -> None:
        """Take what is to be forgotten for stored, unless it is being recorded yet."""
        for conversation_id, note in self._named("erased"):
            plan = plan_path(self._folder, conversation_id)
            failed = plan.with_suffix(".failed")
            if plan.exists() and is_held(plan):
                continue
            for path in (plan, failed):
                if path.exists():
                    path.rename(plan.with_suffix(".stored"))
            # Without a plan nothing else would be found.
            plan.with_suffix(".stored").touch()
            self.tidy()
            note.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove what is left of recordings that are stored; the name of the plan goes last."""
        for conversation_id, path in self._named("stored"):
            for capture in captures_of(self._folder, conversation_id):
                note = f"rtpengine-meta-{capture.stem}"
                (self._folder / "metadata" / f"{note}.txt").unlink(missing_ok=True)
                (self._folder / "tmp" / f"{note}.tmp").unlink(missing_ok=True)
                capture.unlink(missing_ok=True)
            shutil.rmtree(self.made / conversation_id, ignore_errors=True)
            path.unlink(missing_ok=True)

    def _named(self, ending: str) -> Iterator[tuple[str, Path]]:
        for path in sorted(self._plans.glob(f"*.{ending}")):
            if is_name(path.stem):
                yield path.stem, path

    def _rename(self, conversation_id: str, ending: str) -> None:
        path = plan_path(self._folder, conversation_id)
        path.rename(path.with_suffix(f".{ending}"))
        sync_folder(self._plans)


def _newest_s(*paths: Path) -> float:
    return max(path.stat().st_mtime for path in paths)
