"""Finds the configuration that a command is about."""

from __future__ import annotations

from pathlib import Path

from switch.config import Config, load
from switch.errors import SwitchError


class NoConfig(SwitchError):
    """Says that there is no configuration where one was looked for."""

    def __init__(self, *, path: Path) -> None:
        """Keep where it was looked for, as it was typed."""
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        """Say where, and what helps."""
        return (
            f"there is no config folder {str(self.path)!r} here ({Path.cwd()}): "
            "go to the folder that holds it, or say where it is with --config"
        )


def load_folder(path: Path) -> Config:
    """Return the configuration at a path, as ``--config`` has it.

    Raises:
        NoConfig: there is nothing at all.
        ConfigErrors: something in it is wrong.
    """
    if not path.exists():
        raise NoConfig(path=path)
    return load(path)
