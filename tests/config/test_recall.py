"""How long targets may ring, and how a transferor is called back: what the file may say."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from switch.config import Config, ResponseTimes, load
from switch.errors import ConfigErrors

SHIPPED = Path(__file__).parents[2] / "config"
TIMES = "response_timeout_s = { rep = 20, territory = 30, outside = 45 }"
FALLBACK = 'fallback = ["own_territory", "called_territory"]'

Said = Callable[[str, str], Path]


@pytest.fixture
def said(tmp_path: Path) -> Said:
    """Return what replaces a text of the file we ship, in a copy; it returns the folder."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "config"))

    def replace(old: str, new: str) -> Path:
        path = folder / "softswitch.toml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        return folder

    return replace


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        load(folder)
    return str(caught.value).splitlines()


def times(config: Config) -> ResponseTimes:
    return config.transfer.response_timeout_s


def test_each_kind_of_target_has_a_time_of_its_own(said: Said) -> None:
    assert times(Config()) == ResponseTimes(rep=20, territory=30, outside=45)
    assert times(Config()).longest_s == 45

    config = load(said(TIMES, "response_timeout_s = { outside = 90 }"))

    assert times(config) == ResponseTimes(rep=20, territory=30, outside=90)


@pytest.mark.parametrize("number", ["25", "25.0"])
def test_one_number_holds_for_all(said: Said, number: str) -> None:
    config = load(said(TIMES, f"response_timeout_s = {number}"))

    assert times(config) == ResponseTimes.of(25)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", "response_timeout_s = 0: seconds, 1 to 600"),
        ('"20"', "response_timeout_s = '20': seconds, 1 to 600"),
        ("[20]", "response_timeout_s = [20]: seconds, 1 to 600"),
        ("true", "response_timeout_s = True: seconds, 1 to 600"),
        ("{ rep = 601 }", "response_timeout_s.rep = 601: seconds, 1 to 600"),
        ("{ reps = 20 }", "response_timeout_s.reps: no such key; did you mean rep?"),
    ],
)
def test_a_wrong_time_is_refused_once(said: Said, text: str, expected: str) -> None:
    assert problems_of(said(TIMES, f"response_timeout_s = {text}")) == [
        f"softswitch.toml: [transfer] {expected}"
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("retries = 1", "retries = 11", "[recall] retries = 11: calls, 0 to 10"),
        ("retries = 1", "retries = 1.5", "[recall] retries = 1.5: calls, 0 to 10"),
        ("pause_s = 10", "pause_s = 0", "[recall] pause_s = 0: seconds, 1 to 600"),
        ("\nmenu = false", '\nmenu = "yes"', "[recall] menu = 'yes': true or false"),
        ("menu_s = 10", "menu_s = 61", "[recall] menu_s = 61: seconds, 1 to 60"),
        (FALLBACK, 'fallback = "saul"', "[recall] fallback = 'saul': a list of texts, each once"),
        (FALLBACK, 'fallback = ["saul", "saul"]', "a list of texts, each once"),
        (FALLBACK, 'fallback = [" "]', "a list of texts, each once"),
    ],
)
def test_a_wrong_value_is_refused_with_what_would_be_right(
    said: Said, old: str, new: str, expected: str
) -> None:
    (problem,) = problems_of(said(old, new))

    assert expected in problem


@pytest.mark.parametrize("key", ["alert_info", "call_info"])
@pytest.mark.parametrize(
    "value", [r"<x>\r\nX-Evil: 1", r"a\nb", r"\u0000", r"\u007f", "grüezi", "a" * 257, " x", "x "]
)
def test_a_header_cannot_begin_another(said: Said, key: str, value: str) -> None:
    (problem,) = problems_of(said(f'{key} = ""', f'{key} = "{value}"'))

    assert f"[recall] {key}" in problem
    assert "at most 256 letters, digits and marks of ASCII, or empty" in problem


def test_what_phones_understand_is_taken(said: Said) -> None:
    folder = said('alert_info = ""', 'alert_info = "<http://127.0.0.1>;info=recall"')

    assert load(folder).recall.alert_info == "<http://127.0.0.1>;info=recall"


def test_a_fallback_is_whoever_can_be_called(said: Said) -> None:
    names = '["called_territory", "saul", "103", "801", "+12065550111", "(206) 555-0112"]'

    fallback = load(said(FALLBACK, f"fallback = {names}")).recall.fallback

    assert fallback[1:4] == ("saul", "103", "801")
    assert load(said(f"fallback = {names}", "fallback = []")).recall.fallback == ()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("999", "'999' is no rep, no territory, no extension and no telephone number"),
        ("+442079460123", "not allowed: +442079460123 is a number of GB"),
    ],
)
def test_a_fallback_that_leads_nowhere_is_refused(said: Said, name: str, why: str) -> None:
    (problem,) = problems_of(said(FALLBACK, f'fallback = ["saul", "{name}"]'))

    assert problem.startswith(
        f"softswitch.toml: [recall] fallback = '{name}': whom the switch may call, "
        "or 'own_territory' or 'called_territory': "
    )
    assert why in problem


def test_a_fallback_whose_entry_is_torn_is_not_blamed(said: Said) -> None:
    folder = said(FALLBACK, 'fallback = ["103"]')
    reps = folder / "reps.toml"
    reps.write_text(reps.read_text().replace('extension = "103"', "extension = 103"))

    assert problems_of(folder) == ["reps.toml: [[rep]] 3 extension = 103: a text in quotes"]
