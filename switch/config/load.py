"""Reads a config folder: five files, one configuration, or everything that is wrong with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar, get_type_hints

from dialplan import Dialplan, DialplanError, Did, Problem, Rep, Territory, Toll, Trunk
from switch.config.config import Config
from switch.config.contradictions import (
    FILE,
    find_contradictions,
    find_unknown_fallbacks,
    find_unknown_supervisors,
)
from switch.config.reader import Reader
from switch.config.settings import BusSettings, MediaSettings, RecordingSettings
from switch.errors import ConfigError, ConfigErrors

Entry = TypeVar("Entry", Rep, Territory, Did, Trunk)

ENTRY_FILES: Final[Mapping[str, str]] = {
    "rep": "reps.toml",
    "territory": "territories.toml",
    "did": "dids.toml",
    "trunk": "trunks.toml",
}
"""The files of entries, by the name of their tables."""

_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "rep": ("rep",),
    "members": ("rep",),
    "territory": ("territory",),
    "on_no_answer": ("rep", "territory", "trunk"),
}
"""Keys that name other entries, and of which kinds."""


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
    config, toll = _load_settings(Reader(main, base=base, problems=problems), base)
    entries = _Entries(folder, problems)
    plan = {
        "reps": entries.load("rep", Rep),
        "territories": entries.load_territories(check_music=config.media.managed),
        "dids": entries.load("did", Did),
        "trunks": entries.load_trunks(),
    }
    problems.extend(find_contradictions(config))
    try:
        dialplan = Dialplan(country=config.switch.country, toll=toll, **plan)  # type: ignore[arg-type]
        config = dataclasses.replace(config, dialplan=dialplan)
        if entries.are_whole:
            problems.extend(find_unknown_fallbacks(config))
            problems.extend(find_unknown_supervisors(config))
    except DialplanError as error:
        problems.extend(entries.place(one) for one in error.problems if entries.is_sure(one))
    if problems:
        raise ConfigErrors(problems)
    return config


def _load_settings(reader: Reader, base: Path) -> tuple[Config, Toll]:
    tables = reader.load() or {}
    kinds = {name: kind for name, kind in get_type_hints(Config).items() if name != "dialplan"}
    reader.check_keys(tables, [*kinds, "toll"])
    toll = reader.read_settings(Toll, tables.get("toll", {}), where="[toll]") or Toll()
    read: dict[str, Any] = {}
    for name, kind in kinds.items():
        settings = reader.read_settings(kind, tables.get(name, {}), where=f"[{name}]")
        read[name] = settings or kind()
    config = Config(**read)
    if config.media.managed:
        _check_sounds(reader, config.media)
    if config.webhook.secret_file is not None:
        _read_password(reader, config.webhook.secret_file, "[webhook] secret_file")
    if config.contacts.file is not None and not config.contacts.file.is_file():
        reader.note("[contacts] file", str(config.contacts.file), "a file that exists, or empty")
    config = dataclasses.replace(
        config,
        recording=_read_announcement(reader, config, base),
        switch=dataclasses.replace(config.switch, data_dir=base / config.switch.data_dir),
        bus=_read_bus_password(reader, config.bus),
    )
    return config, toll


def _check_sounds(reader: Reader, media: MediaSettings) -> None:
    for key in ("music", "menu_prompt", "wrong_prompt", "goodbye_prompt"):
        path: Path | None = getattr(media, key)
        if path is not None and not path.is_file():
            reader.note(f"[media] {key}", str(path), "a file that exists, or empty")


def _read_announcement(reader: Reader, config: Config, base: Path) -> RecordingSettings:
    recording = config.recording
    if recording.announce in {"none", "beep"}:
        return recording
    path = (base / recording.announce).absolute()
    if not recording.announce or (config.media.managed and not path.is_file()):
        reader.note("[recording] announce", str(path), '"none", "beep", or a file that exists')
    return dataclasses.replace(recording, announce=str(path))


def _read_bus_password(reader: Reader, bus: BusSettings) -> BusSettings:
    if bus.password_file is None:
        return bus
    password = _read_password(reader, bus.password_file, "[bus] password_file")
    return dataclasses.replace(bus, password=password)


def _read_password(reader: Reader, path: Path, key: str) -> str | None:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reader.note(key, str(path), f"a file that can be read: {error}")
        return None
    if not lines or not lines[0]:
        reader.note(key, str(path), "a file with the password on its first line")
        return None
    return lines[0]


class _Entries:
    """Reads the files of entries, and knows at which place of which file each entry stood."""

    def __init__(self, folder: Path, problems: list[ConfigError]) -> None:
        self._folder = folder
        self._problems = problems
        self._places: dict[str, list[str]] = {}
        self._is_whole: dict[str, bool] = {}
        self._torn: set[tuple[str, int]] = set()

    def load_trunks(self) -> tuple[Trunk, ...]:
        """Load the trunks, each with the password that its file holds."""
        trunks = list(self.load("trunk", Trunk))
        reader = self._reader("trunk")
        for index, trunk in enumerate(trunks):
            if trunk.password_file is not None:
                path = reader.base / trunk.password_file
                key = f"{self._places['trunk'][index]} password_file"
                password = _read_password(reader, path, key)
                trunks[index] = dataclasses.replace(
                    trunk, password_file=str(path), password=password
                )
        return tuple(trunks)

    def load_territories(self, *, check_music: bool) -> tuple[Territory, ...]:
        """Load the territories, each with the absolute path of its music."""
        territories = list(self.load("territory", Territory))
        reader = self._reader("territory")
        for index, territory in enumerate(territories):
            if territory.music is not None:
                path = (reader.base / territory.music).absolute()
                territories[index] = dataclasses.replace(territory, music=str(path))
                if check_music and not path.is_file():
                    key = f"{self._places['territory'][index]} music"
                    reader.note(key, territory.music, "a file that exists")
        return tuple(territories)

    def load(self, name: str, kind: type[Entry]) -> tuple[Entry, ...]:
        reader = self._reader(name)
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
            noted_before = len(self._problems)
            entry = reader.read_settings(kind, table, where=place)
            if entry is not None:
                if len(self._problems) > noted_before:
                    self._torn.add((name, len(entries)))
                entries.append(entry)
                self._places[name].append(place)
        self._is_whole[name] = len(self._problems) == noted
        return tuple(entries)

    def _reader(self, name: str) -> Reader:
        path = self._folder / ENTRY_FILES[name]
        return Reader(path, base=self._folder.parent, problems=self._problems)

    @property
    def are_whole(self) -> bool:
        """Tell whether nothing was wrong with any entry: who is named somewhere is there."""
        return all(self._is_whole.values())

    def is_sure(self, problem: Problem) -> bool:
        """Tell whether a problem stands: an entry that is torn may be right once it is mended.

        So may one that misses somebody whose entry is torn.
        """
        if (problem.kind, problem.index) in self._torn:
            return False
        return all(self._is_whole[name] for name in _NEEDED.get(problem.key, ()))

    def place(self, problem: Problem) -> ConfigError:
        place = "[toll]"
        if problem.kind != "toll":
            place = self._places[problem.kind][problem.index]
        return ConfigError(
            file=ENTRY_FILES.get(problem.kind, FILE),
            key=f"{place} {problem.key}",
            value=problem.value,
            expected=problem.expected,
        )
