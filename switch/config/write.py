"""Writes a configuration to the files it can be read from again."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

from dialplan import Did, Rep, Territory, Trunk
from switch.config.config import Config
from switch.config.contradictions import FILE
from switch.config.load import ENTRY_FILES
from switch.config.reader import keys_of


def write(config: Config, folder: Path) -> Path:
    """Write the five files into a folder, which is made if need be; return ``softswitch.toml``.

    Paths are written absolute, so that they mean the same from the new folder. Passwords of the
    bus and of trunks are not written: their files are named.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "switch": config.switch,
        "edge": config.edge,
        "media": config.media,
        "bus": config.bus,
        "outbox": config.outbox,
        "workers": config.workers,
        "call": config.call,
        "transfer": config.transfer,
        "recall": config.recall,
        "presence": config.presence,
        "toll": config.toll,
        "recording": config.recording,
        "desk": config.desk,
        "contacts": config.contacts,
        "webhook": config.webhook,
        "metrics": config.metrics,
        "logs": config.logs,
    }
    main = folder / FILE
    # Whoever may read it may read the store's password, so nobody else may.
    main.touch(mode=0o600)
    _write(main, (f"[{name}]\n{_settings(values)}" for name, values in tables.items()))
    plan = config.dialplan
    lists: dict[str, tuple[Rep | Territory | Did | Trunk, ...]] = {
        "rep": plan.reps,
        "territory": plan.territories,
        "did": plan.dids,
        "trunk": plan.trunks,
    }
    for name, entries in lists.items():
        _write(folder / ENTRY_FILES[name], (_entry(name, one) for one in entries))
    return main


def _write(path: Path, tables: Iterable[str]) -> None:
    path.write_text("\n".join(tables), encoding="utf-8")


def _entry(name: str, entry: Rep | Territory | Did | Trunk) -> str:
    inner = [(one.name, getattr(entry, one.name)) for one in keys_of(entry)]
    tables = [f"[{name}.{key}]\n{_table(values)}" for key, values in inner if is_dataclass(values)]
    return "".join((f"[[{name}]]\n{_table(entry)}", *tables))


def _settings(values: object) -> str:
    inner = [(one.name, getattr(values, one.name)) for one in keys_of(values)]
    tables = [f"{key} = {_toml(value)}\n" for key, value in inner if is_dataclass(value)]
    return "".join((_table(values), *tables))


def _table(values: object) -> str:
    pairs = ((one.name, _in_file(one, getattr(values, one.name))) for one in keys_of(values))
    # What is None is left out: that is its default everywhere. A table in it comes behind it.
    return "".join(
        f"{key} = {_toml(value)}\n"
        for key, value in pairs
        if value is not None and not is_dataclass(value)
    )


def _in_file(key: dataclasses.Field[Any], value: Any) -> Any:
    """Return what stands in a file for a value: 0 for the ``None`` of some keys."""
    return 0 if value is None and "zero_is_none" in key.metadata else value


def _toml(value: Any) -> str:
    if is_dataclass(value):
        pairs = (f"{one.name} = {_toml(getattr(value, one.name))}" for one in keys_of(value))
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, Path):
        value = str(value.absolute())
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(one) for one in value)}]"
    # JSON's texts, numbers and booleans are TOML's, but for one letter that TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
