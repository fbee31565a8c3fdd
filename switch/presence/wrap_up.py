"""How long a rep is left alone by territories after a call, for his notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

_NO_TIMES: Final[Mapping[str, float]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUp:
    """Is the times that are set, in seconds."""

    all_s: float = 0.0
    """For whom nothing else is set."""
    of_rep_s: Mapping[str, float] = field(default_factory=lambda: _NO_TIMES)
    """For reps who have a time of their own, by name."""
    of_territory_s: Mapping[str, float] = field(default_factory=lambda: _NO_TIMES)
    """After calls that came by a territory that has one, by its name."""

    def after(self, rep: str, territory: str | None) -> float:
        """Return for how long: the rep's own time counts first, then that of the territory.

        Args:
            rep: who has talked.
            territory: by which the call came; None: by none.
        """
        of_territory_s = self.of_territory_s.get(territory or "", self.all_s)
        return self.of_rep_s.get(rep, of_territory_s)


NO_WRAP_UP: Final = WrapUp()
