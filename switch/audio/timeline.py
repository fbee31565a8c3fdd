"""What a party heard, and when: kept while the call goes on, listened to afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from switch.audio.tones import FRAME_S, QUIET, classify

_SHORTEST_RUN_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Is a stretch of time in which one thing was heard."""

    sound: str
    """A tone's name, or MUSIC, QUIET or NOISE of :mod:`switch.audio.tones`."""
    from_s: float
    """When its first packet came."""
    to_s: float
    """When its last packet came, and 20 ms more, which that packet lasts."""
    packets: int


class Timeline:
    """Is every packet of audio that one party received, in the order it came.

    Times are seconds on whatever clock the caller uses; packets are only looked into when
    a question is asked, so that listening costs nothing while a call is on.
    """

    def __init__(self) -> None:
        self._heard: list[tuple[float, bytes]] = []

    def add(self, at_s: float, payload: bytes) -> None:
        """Note a packet of PCMU. Packets are to be added in the order they came."""
        self._heard.append((at_s, payload))

    def packets(self, from_s: float = float("-inf"), to_s: float = float("inf")) -> int:
        """Return how many packets came in a span of time."""
        return sum(from_s <= at_s < to_s for at_s, _ in self._heard)

    def payloads(self, from_s: float = float("-inf")) -> Iterator[bytes]:
        """Yield what came since, packet by packet."""
        return (payload for at_s, payload in self._heard if at_s >= from_s)

    def shares(self, from_s: float = float("-inf"), to_s: float = float("inf")) -> dict[str, float]:
        """Return what was heard in a span of time, as shares of its packets that add up to 1."""
        sounds = Counter(
            classify(payload) for at_s, payload in self._heard if from_s <= at_s < to_s
        )
        total = sounds.total()
        return {sound: count / total for sound, count in sounds.most_common()}

    def runs(
        self,
        from_s: float = float("-inf"),
        to_s: float = float("inf"),
        *,
        shortest_s: float = _SHORTEST_RUN_S,
    ) -> list[Run]:
        """Return what was heard one after the other.

        A run shorter than ``shortest_s`` is left out (where one tone gives way to another a
        packet may hold both), and what it parted is one run.
        """
        heard = [(at, classify(payload)) for at, payload in self._heard if from_s <= at < to_s]
        least = shortest_s / FRAME_S
        long_enough = [
            entry
            for _, group in groupby(heard, key=lambda entry: entry[1])
            for entries in [list(group)]
            if len(entries) >= least
            for entry in entries
        ]
        runs = []
        for sound, group in groupby(long_enough, key=lambda entry: entry[1]):
            times = [at_s for at_s, _ in group]
            runs.append(
                Run(sound=sound, from_s=times[0], to_s=times[-1] + FRAME_S, packets=len(times))
            )
        return runs

    def order(self, from_s: float = float("-inf"), to_s: float = float("inf")) -> list[str]:
        """Return what was heard, one after the other, without the quiet in between."""
        sounds = [run.sound for run in self.runs(from_s, to_s) if run.sound != QUIET]
        return [sound for sound, _ in groupby(sounds)]

    def longest_silence_s(self, from_s: float, to_s: float) -> float:
        """Return the longest time within a span in which nothing was heard."""
        loud = [
            at_s
            for at_s, payload in self._heard
            if from_s <= at_s < to_s and classify(payload) != QUIET
        ]
        ends = [from_s, *(at_s + FRAME_S for at_s in loud)]
        return max(0.0, *(start - end for end, start in zip(ends, [*loud, to_s], strict=True)))
