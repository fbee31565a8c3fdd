"""The option that most commands have: where the configuration is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

CONFIG_FOLDER: Final = Path("config")

ConfigPath = Annotated[
    Path, typer.Option("--config", help="The config folder, or the softswitch.toml in it.")
]
