"""The ports of dead workers, and who answers at each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from switch.node.heir import Heir
from switch.node.last_words import LastWords
from switch.sip.custody import KeptDialog


class Heirs:
    """Has a port answered at for as long as anybody may ask there."""

    def __init__(
        self,
        *,
        edge: tuple[str, int],
        changed: Callable[[str, KeptDialog], None],
        written: Callable[[], asyncio.Future[None]],
        silent: Callable[[int], None],
    ) -> None:
        """Answer at no port yet.

        Args:
            edge: the edge's inner socket.
            changed: is told the leg of each dialog that has changed, and what it is now.
            written: returns what resolves once all is on disk that is noted by then.
            silent: is told of each port at which nobody answers any more.
        """
        self._edge = edge
        self._changed = changed
        self._written = written
        self._silent = silent
        self._heirs: dict[int, Heir] = {}

    def has(self, port: int) -> bool:
        """Whether a port is answered at."""
        return port in self._heirs

    def open(self, port: int) -> Heir:
        """Return who answers at a port, from now on if nobody did."""
        if port not in self._heirs or self._heirs[port].is_finished:
            self._heirs[port] = Heir(
                port,
                edge=self._edge,
                changed=self._changed,
                written=self._written,
                done=self._done,
            )
        return self._heirs[port]

    def say_again(self, words: Iterable[LastWords]) -> None:
        """Go on with what the node before had still to say; what is looked after already is not."""
        for one in words:
            heir = self.open(one.dialog.port)
            if heir.kept(one.leg_id) is None:
                heir.keep(one.leg_id, one.step)

    def give_back(self) -> int | None:
        """Give a port back before its time, because a worker needs one; None: none can be had.

        A worker refuses by itself whatever belongs to none of its dialogs.
        """
        idle = [heir for heir in self._heirs.values() if heir.idle_since_s is not None]
        if not idle:
            return None
        longest = min(idle, key=lambda heir: heir.idle_since_s or 0.0)
        longest.finish()
        return longest.port

    def close(self) -> None:
        """Answer at no port any more; the next node will."""
        for heir in self._heirs.values():
            heir.close()

    def _done(self, heir: Heir) -> None:
        if self._heirs.get(heir.port) is heir:
            del self._heirs[heir.port]
            self._silent(heir.port)
