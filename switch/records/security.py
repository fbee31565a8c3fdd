"""What an operator must hear of: somebody tried what he may not."""

from __future__ import annotations

import msgspec


class SecurityEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Is an outside call or transfer that the toll policy denied."""

    rep: str
    """Who wanted it."""
    limit: str
    """Which rule it ran into, such as ``international`` or ``per_minute``."""
    number: str
    """Whom he wanted, in E.164."""
