"""Forgetting recordings: those that are kept, and those that are not stored yet.

The converter may be about to store one just now. So what is to be forgotten is noted in the spool
first, as ``plans/ID.erased``: the converter makes nothing of it, takes back what it has stored
meanwhile, and empties the spool of it.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path, PurePosixPath

from switch.recording.plan_file import captures_of
from switch.recording.store import Store, day_of
from switch.recording.tape.line import is_name


def erased_path(spool: Path, conversation_id: str) -> Path:
    """Return where it is noted that the recording of a conversation is to be forgotten."""
    return spool / "plans" / f"{conversation_id}.erased"


def erase(conversations: Collection[str], *, store: Store, spool: Path) -> int:
    """Forget the recordings of conversations; returns how many files that were.

    Raises:
        StoreFailed: the store cannot be looked into, or lets nothing go.
        OSError: the spool cannot be written.
    """
    wanted = {one for one in conversations if is_name(one)}
    spooled = 0
    for conversation_id in sorted(wanted):
        plans = spool / "plans"
        found = [*plans.glob(f"{conversation_id}.*"), *captures_of(spool, conversation_id)]
        if any(path.stem == conversation_id or path.parent != plans for path in found):
            erased_path(spool, conversation_id).touch(mode=0o600)
            spooled += len(found)
    kept = [
        name
        for name in store.names()
        if day_of(name) is not None and PurePosixPath(name).stem in wanted
    ]
    for name in kept:
        store.remove(name)
    return len(kept) + spooled
