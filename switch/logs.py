"""Log lines: one for each event, structured, to standard error.

A module takes ``structlog.get_logger()`` and says ``log.info("leg answered", leg=…)``: the
event in a few fixed words, all that varies in fields, so that a line can be searched for.
Numbers and addresses of people are for level ``debug`` only.

Libraries that use the standard ``logging`` come out in the same form, from level ``warning`` on.
"""

from __future__ import annotations

import io
import logging
import os
import re
import sys
from collections.abc import Mapping
from typing import Final, Literal, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Level = Literal["debug", "info", "warning", "error"]
Form = Literal["console", "json"]

LEVELS: Final[Mapping[str, int]] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


_MULTILINE: Final = frozenset({"exception", "stack"})
"""Fields that are tracebacks: the only ones that may take several lines, on a console."""
_TRACED: Final = _MULTILINE | {"exc_info"}
_PARTING: Final = re.compile(r"""[ \t=\r\n"']""")
"""What a text is written in quotes for."""


def set_up(*, level: Level = "info", form: Form = "console", part: str | None = None) -> None:
    """Make every logger of this process write lines of this form, from this level on.

    Call it once at the start of a program. ``part`` (``node``, ``desk``) is then said in every
    line, for the parts of the switch share one standard error; None leaves it out.
    """
    stream = _Stream(sys.stderr)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _adder(part),
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    finish = _finish(form, colours=_wants_colours())
    structlog.configure(
        processors=[*shared, *finish],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", stream)),
        # Not cached: a logger made when its module was imported follows a later call of this.
        cache_logger_on_first_use=False,
    )
    foreign = logging.StreamHandler(stream)
    foreign.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *finish],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [foreign]
    root.setLevel(max(LEVELS[level], logging.WARNING))


def _finish(form: Form, *, colours: bool) -> list[Processor]:
    if form == "json":
        return [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(default=repr, ensure_ascii=False),
        ]
    console = structlog.dev.ConsoleRenderer(
        colors=colours,
        pad_event_to=0,
        pad_level=False,
        exception_formatter=structlog.dev.plain_traceback,
    )
    return [_keep_to_one_line, console if colours else _Plain(console)]


class _Plain:
    """Writes what structlog's renderer would without colours, in a fifth of its time."""

    def __init__(self, renderer: structlog.dev.ConsoleRenderer) -> None:
        """Keep that one, for what has a traceback."""
        self._renderer = renderer

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> str:
        if not _TRACED.isdisjoint(event):
            return self._renderer(logger, method, event)
        head = f"{event.pop('timestamp')} [{event.pop('level')}] {event.pop('event')}"
        fields = [f"{key}={_shown(event[key])}" for key in sorted(event)]
        return " ".join([head, *fields]).rstrip(" ")


def _shown(value: object) -> str:
    """Return a value as it can be told apart from its neighbours."""
    if isinstance(value, str) and not _PARTING.search(value):
        return value
    return repr(value)


def _adder(part: str | None) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        if part is not None:
            event.setdefault("part", part)
        return event

    return add


def _keep_to_one_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Escape what would break the line or move the cursor: texts may come from a caller's phone."""
    return {
        key: _escaped(value) if isinstance(value, str) and key not in _MULTILINE else value
        for key, value in event.items()
    }


def _escaped(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _wants_colours() -> bool:
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")


class _Stream(io.TextIOBase):
    """Is standard error for log lines; calls go on when no one reads it any more."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except (OSError, ValueError):  # the reader of the pipe has gone, or it is closed
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError):
            return
