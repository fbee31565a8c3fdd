from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from switch import logs


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_json_line_holds_the_event_and_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(form="json", part="node")

    structlog.get_logger().info("leg answered", leg="leg-1", was="ringing")

    line = json.loads(capsys.readouterr().err)
    instant = line.pop("timestamp")
    assert instant.endswith("Z")
    assert line == {
        "event": "leg answered",
        "leg": "leg-1",
        "was": "ringing",
        "level": "info",
        "part": "node",
    }


def test_a_console_line_reads_from_left_to_right(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(form="console")

    structlog.get_logger().warning("every worker is busy", most=16)

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.endswith(" [warning] every worker is busy most=16\n")
    assert "\x1b" not in captured.err


def test_lines_below_the_level_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(level="warning")

    structlog.get_logger().info("nothing to see")

    assert capsys.readouterr().err == ""


def test_a_logger_made_before_follows_the_set_up(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(form="console")
    log = structlog.get_logger()
    log.info("first")

    logs.set_up(form="json")
    log.info("second")

    _, second = capsys.readouterr().err.splitlines()
    assert json.loads(second)["event"] == "second"


def test_what_was_bound_for_a_conversation_is_in_its_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up(form="json")

    with structlog.contextvars.bound_contextvars(conversation="c-1"):
        structlog.get_logger().info("leg placed")

    assert json.loads(capsys.readouterr().err)["conversation"] == "c-1"


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_text_from_outside_cannot_begin_a_line_of_its_own(
    form: logs.Form, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up(form=form)

    structlog.get_logger().info("refused", name="x\n2026-11-22 [info] forged\x1b[2J")

    written = capsys.readouterr().err
    assert len(written.splitlines()) == 1
    assert "\x1b" not in written


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_traceback_is_shown(form: logs.Form, capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(form=form)

    try:
        int("boom")
    except ValueError:
        structlog.get_logger().exception("conversation ended by our own mistake")

    written = capsys.readouterr().err
    assert "ValueError: invalid literal" in written
    assert len(written.splitlines()) == 1 or form == "console"


def test_a_library_with_standard_logging_comes_out_in_the_same_form(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up(form="json", part="desk")

    logging.getLogger("mqtt").info("sending PINGREQ")
    logging.getLogger("mqtt").warning("no reply from %s", "broker")

    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["level"], line["part"]) == (
        "no reply from broker",
        "warning",
        "desk",
    )


def test_the_switch_goes_on_when_no_one_reads_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unread(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Unread())
    logs.set_up()

    structlog.get_logger().info("leg answered")
    logging.getLogger("mqtt").warning("still here")


def test_a_terminal_gets_colours_unless_they_are_unwanted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", coloured := Terminal())
    monkeypatch.delenv("NO_COLOR", raising=False)
    logs.set_up()
    structlog.get_logger().info("leg answered")
    monkeypatch.setattr(sys, "stderr", plain := Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    logs.set_up()
    structlog.get_logger().info("leg answered")

    assert "\x1b[" in coloured.getvalue()
    assert "\x1b[" not in plain.getvalue()


def test_a_line_for_no_terminal_is_as_structlog_would_write_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    fields = {"b": "two words", "a": 1, "c": None, "d": "", "e": "plain", "f": "x=1", "g": [1, "y"]}
    logs.set_up(form="console", part="node")
    structlog.get_logger().info("presence", **fields)
    written = capsys.readouterr().err

    usual = structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False)
    stamp, _, _ = written.partition(" ")
    line = {"timestamp": stamp, "level": "info", "event": "presence", "part": "node", **fields}

    assert written == str(usual(None, "info", line)) + "\n"
