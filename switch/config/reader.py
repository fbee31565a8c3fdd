"""Reads TOML into settings and entries, and notes everything that is wrong.

A value that cannot be used is noted and replaced by the default, so that one reading finds all
problems; nobody sees the result if there was one.
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
import types
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from switch.config.rules import Rule
from switch.errors import ConfigError

Settings = TypeVar("Settings")

_TYPE_NAMES: Final = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text in quotes",
    Path: "a path in quotes",
}
_BAD: Final = object()
"""Stands for a value that was refused and noted."""


class Reader:
    """Reads one file of the configuration."""

    def __init__(self, path: Path, *, base: Path, problems: list[ConfigError]) -> None:
        """Keep which file it is, where relative paths start, and the list to note problems in."""
        self.file = path.name
        self._path = path
        self.base = base
        self._problems = problems

    def load(self) -> dict[str, Any] | None:
        """Return the tables of the file; ``None`` after noting why they cannot be read."""
        try:
            return tomllib.loads(self._path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            reason, _, place = str(error).removesuffix(")").partition(" (at ")
            self.note(place, None, reason)
        except UnicodeDecodeError as error:
            self.note(f"byte {error.start}", None, "must be UTF-8")
        except OSError as error:
            self.note(str(self._path), None, f"cannot be read: {error.strerror}")
        return None

    def note(self, key: str, value: object, expected: str) -> None:
        """Note a problem of this file."""
        self._problems.append(ConfigError(file=self.file, key=key, value=value, expected=expected))

    def check_keys(self, found: Mapping[str, Any], known: list[str], *, where: str = "") -> None:
        """Note every key that is none, with the key that was probably meant."""
        for key in found:
            if key in known:
                continue
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            self.note(f"{where}{key}", None, f"no such key; {hint}")

    def read_settings(self, kind: type[Settings], found: object, *, where: str) -> Settings | None:
        """Return settings or an entry from a table; ``None`` if a key it needs is unusable.

        Args:
            kind: the dataclass whose fields are the keys.
            found: the table as TOML had it.
            where: what stands before a key in a problem, such as ``[edge]``.
        """
        if not isinstance(found, dict):
            self.note(where, found, "a table")
            return None
        return self._read_table(kind, found, f"{where} ")

    def _read_table(
        self, kind: type[Settings], found: dict[str, Any], where: str
    ) -> Settings | None:
        hints = get_type_hints(kind, include_extras=True)
        fields = keys_of(kind)
        self.check_keys(found, [one.name for one in fields], where=where)
        values: dict[str, Any] = {}
        complete = True
        for one in fields:
            is_needed = one.default is dataclasses.MISSING
            value = _BAD
            if one.name in found:
                value = self._read_value(one, hints[one.name], found[one.name], where + one.name)
            elif is_needed:
                self.note(where + one.name, None, f"missing; {_describe(one, hints[one.name])}")
            if value is not _BAD:
                values[one.name] = value
            elif is_needed:
                complete = False
        return kind(**values) if complete else None

    def _read_value(self, field: dataclasses.Field[Any], hint: Any, value: object, key: str) -> Any:
        kind, rule, is_optional = _take_apart(hint)
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            return self._read_inner(field, kind, value, key)
        converted = _convert(kind, value)
        if is_optional and _is_empty(field, value if _may_be_empty(field) else converted):
            return None
        if converted is _BAD or (rule is not None and not rule.is_right(converted)):
            self.note(key, value, _describe(field, hint))
            return _BAD
        return self.base / converted if kind is Path else converted

    def _read_inner(
        self, field: dataclasses.Field[Any], kind: type[Any], value: object, key: str
    ) -> Any:
        """Return the table that a key is; one value may stand for all keys of some."""
        if isinstance(value, dict):
            return self._read_table(kind, value, f"{key}.")
        if not field.metadata.get("one_for_all"):
            self.note(key, value, "a table")
            return _BAD
        first, *others = keys_of(kind)
        hint = get_type_hints(kind, include_extras=True)[first.name]
        read = self._read_value(first, hint, value, key)
        names = [first.name, *(one.name for one in others)]
        return _BAD if read is _BAD else kind(**dict.fromkeys(names, read))


def keys_of(kind: Any) -> list[dataclasses.Field[Any]]:
    """Return the fields of a settings class that are keys of the file."""
    return [one for one in dataclasses.fields(kind) if one.metadata.get("in_file", True)]


def _is_empty(field: dataclasses.Field[Any], value: object) -> bool:
    """Tell whether a value stands for ``None``, for TOML has no word for it."""
    if field.metadata.get("zero_is_none"):
        return type(value) in {int, float} and value == 0
    return value == ""


def _may_be_empty(field: dataclasses.Field[Any]) -> bool:
    """Tell whether the empty text stands for ``None`` though the value would be no text."""
    return bool(field.metadata.get("empty_is_none"))


def _take_apart(hint: Any) -> tuple[Any, Rule | None, bool]:
    """Return a field's type, its rule, and whether it may be ``None``."""
    rule = None
    if hasattr(hint, "__metadata__"):
        rule = hint.__metadata__[0]
        hint = hint.__origin__
    if get_origin(hint) in {Union, types.UnionType}:
        (kind,) = (one for one in get_args(hint) if one is not types.NoneType)
        return kind, rule, True
    return hint, rule, False


def _convert(kind: Any, value: object) -> Any:
    """Return the value as its field keeps it; ``_BAD`` if it is of another type."""
    if get_origin(kind) is Literal:
        pairs = [(type(one), one) for one in get_args(kind)]
        return value if (type(value), value) in pairs else _BAD
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(value) if isinstance(value, str) and value in list(kind) else _BAD
    if get_origin(kind) is tuple:
        good = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return tuple(value) if good and isinstance(value, list) else _BAD
    if kind is float and type(value) is int:
        return float(value)
    if kind is Path:
        return value if isinstance(value, str) and "\0" not in value else _BAD
    # Not isinstance: true is an int for Python, but nobody's port.
    return value if type(value) is kind else _BAD


def _describe(field: dataclasses.Field[Any], hint: Any) -> str:
    """Say what a value must be."""
    kind, rule, is_optional = _take_apart(hint)
    if rule is not None:
        said = rule.expected
    elif get_origin(kind) is Literal:
        said = " or ".join(repr(one) for one in get_args(kind))
    elif get_origin(kind) is tuple:
        said = "a list of texts"
    elif issubclass(kind, StrEnum):
        said = " or ".join(repr(one.value) for one in kind)
    else:
        said = _TYPE_NAMES[kind]
    has_word = "zero_is_none" in field.metadata or _may_be_empty(field)
    can_be_empty = is_optional and (kind in {str, Path} or has_word)
    return f"{said}, or empty" if can_be_empty else said
