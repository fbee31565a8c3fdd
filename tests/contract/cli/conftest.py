from __future__ import annotations

from tests.cli.conftest import config, terminal

__all__ = ["config", "terminal"]  # fixtures
