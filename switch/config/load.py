"""Reads a config folder: five files, one configuration, or everything that is wrong with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar, get_type_hints

from dialplan import Dialplan, DialplanError, Did, Problem, Rep, Territory, Trunk
from switch.config.config import Config
from switch.config.contradictions import FILE, find_contradictions
from switch.config.reader import Reader
from switch.config.settings import BusSettings
from switch.errors import ConfigError, ConfigErrors

Entry = TypeVar("Entry", Rep, Territory, Did, Trunk)

ENTRY_FILES: Final[Mapping[str, str]] = {
    "rep": "reps.toml",
    "territory": "territories.toml",
    "did": "dids.toml",
    "trunk": "trunks.toml",
}
"""The files of entries, by the name of their tables."""


def load(path: Path) -> Config:
    """Read a configuration.

    Relative paths in it start at the folder that holds the config folder, so that the same file
    means the same wherever a command is typed.

    Args:
        path: ``softswitch.toml``, or its folder. The other four files lie beside it.

    Raises:
        ConfigErrors: something in some file is wrong; it holds all of it.
    """
    folder = (path if path.is_dir() else path.parent).resolve()
    main = folder / FILE if path.is_dir() else folder / path.name
    problems: list[ConfigError] = []
    base = folder.parent
    config = _load_settings(Reader(main, base=base, problems=problems), base)
    entries = _Entries(folder, problems)
    plan = {
        "reps": entries.load("rep", Rep),
        "territories": entries.load("territory", Territory),
        "dids": entries.load("did", Did),
        "trunks": entries.load("trunk", Trunk),
    }
    problems.extend(find_contradictions(config))
    dialplan = Dialplan()
    try:
        dialplan = Dialplan(country=config.switch.country, **plan)  # type: ignore[arg-type]
    except DialplanError as error:
        problems.extend(entries.place(one) for one in error.problems if entries.is_sure(one))
    if problems:
        raise ConfigErrors(problems)
    return dataclasses.replace(config, dialplan=dialplan)


def _load_settings(reader: Reader, base: Path) -> Config:
    tables = reader.load() or {}
    kinds = {name: kind for name, kind in get_type_hints(Config).items() if name != "dialplan"}
    reader.check_keys(tables, list(kinds))
    read: dict[str, Any] = {}
    for name, kind in kinds.items():
        settings = reader.read_settings(kind, tables.get(name, {}), where=f"[{name}]")
        read[name] = settings or kind()
    config = Config(**read)
    if config.media.managed and config.media.music and not config.media.music.is_file():
        reader.note("[media] music", str(config.media.music), "a file that exists, or empty")
    return dataclasses.replace(
        config,
        switch=dataclasses.replace(config.switch, data_dir=base / config.switch.data_dir),
        bus=_read_password(reader, config.bus),
    )


def _read_password(reader: Reader, bus: BusSettings) -> BusSettings:
    if bus.password_file is None:
        return bus
    key = "[bus] password_file"
    try:
        lines = bus.password_file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reader.note(key, str(bus.password_file), f"a file that can be read: {error}")
        return bus
    if not lines or not lines[0]:
        reader.note(key, str(bus.password_file), "a file with the password on its first line")
        return bus
    return dataclasses.replace(bus, password=lines[0])


class _Entries:
    """Reads the files of entries, and knows at which place of which file each entry stood."""

    def __init__(self, folder: Path, problems: list[ConfigError]) -> None:
        self._folder = folder
        self._problems = problems
        self._places: dict[str, list[str]] = {}
        self._is_whole: dict[str, bool] = {}

    def load(self, name: str, kind: type[Entry]) -> tuple[Entry, ...]:
        reader = Reader(
            self._folder / ENTRY_FILES[name], base=self._folder.parent, problems=self._problems
        )
        noted = len(self._problems)
        tables = reader.load() or {}
        reader.check_keys(tables, [name])
        found = tables.get(name, [])
        if not isinstance(found, list):
            reader.note(f"[{name}]", None, f"double brackets: [[{name}]]")
            found = []
        entries: list[Entry] = []
        self._places[name] = []
        for number, table in enumerate(found, start=1):
            place = f"[[{name}]] {number}"
            entry = reader.read_settings(kind, table, where=place)
            if entry is not None:
                entries.append(entry)
                self._places[name].append(place)
        self._is_whole[name] = len(self._problems) == noted
        return tuple(entries)

    def is_sure(self, problem: Problem) -> bool:
        """Tell whether a problem stands: who misses a rep whose entry is torn may be right."""
        return self._is_whole["rep"] or problem.key not in {"rep", "members"}

    def place(self, problem: Problem) -> ConfigError:
        place = self._places[problem.kind][problem.index]
        return ConfigError(
            file=ENTRY_FILES[problem.kind],
            key=f"{place} {problem.key}",
            value=problem.value,
            expected=problem.expected,
        )
