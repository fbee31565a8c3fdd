import json
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from switch.desk.cli import threads_app
from switch.desk.letters import DeadLetter
from switch.desk.store import make_store
from switch.records import codec, topics
from switch.records.leg import Quality
from switch.threads.thread import fold
from switch.threads.view import view
from tests.records.samples import at, customer, story


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = make_store(tmp_path / "threads.sqlite")
    store.add(story())
    other = customer(conversation_id="conversation-2", number="+12065550100", offered_at=at(900))
    store.add([other])
    store.close()
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(threads_app, [str(argument) for argument in arguments])


def test_conversations_are_listed_the_newest_first(folder: Path) -> None:
    lines = run("--data-dir", folder).stdout.splitlines()

    assert len(lines) == 3
    assert lines[1].split()[-1] == "conversation-2"
    assert "alice → saul → alice" in lines[2]


def test_a_list_for_machines_has_everything_of_each(folder: Path) -> None:
    listed = json.loads(run("--json", "--data-dir", folder).stdout)

    assert [one["conversation_id"] for one in listed] == ["conversation-2", "conversation-1"]
    assert listed[1] == json.loads(msgspec.json.encode(view(fold(story()))))


def test_the_list_can_be_cut_short(folder: Path) -> None:
    assert len(json.loads(run("--json", "--limit", 1, "--data-dir", folder).stdout)) == 1


@pytest.mark.parametrize("number", ["+14805550123", "480-555-0123", "(480) 555 0123"])
def test_a_contact_is_found_however_the_number_is_typed(folder: Path, number: str) -> None:
    listed = json.loads(run("--json", "--contact", number, "--data-dir", folder).stdout)

    assert [one["conversation_id"] for one in listed] == ["conversation-1"]


def test_a_contact_without_conversations_is_said_to_have_none(folder: Path) -> None:
    result = run("--contact", "+14805559999", "--data-dir", folder)

    assert result.stdout == "no conversations with +14805559999\n"
    assert result.exit_code == 0


def test_those_that_sounded_bad_are_found(folder: Path) -> None:
    assert run("--bad", "--data-dir", folder).stdout == "no conversations that sounded bad\n"
    heard = customer(
        conversation_id="conversation-3",
        leg_id="leg-3",
        offered_at=at(950),
        quality=Quality(packets=500, lost_pct=7.0, jitter_ms=40.0, round_trip_ms=300.0, mos=2.9),
    )
    with closing(make_store(folder / "threads.sqlite")) as store:
        store.add([heard])

    listed = json.loads(run("--bad", "--json", "--data-dir", folder).stdout)

    assert [one["conversation_id"] for one in listed] == ["conversation-3"]
    assert listed[0]["legs"][0]["quality"]["mos"] == 2.9


def test_one_conversation_is_shown_as_people_read_it(folder: Path) -> None:
    shown = run("show", "conversation-1", "--data-dir", folder).stdout

    assert shown.startswith("Call from +14805550123 (Jane Doe)\n")
    assert "transferred to saul" in shown


def test_one_conversation_is_shown_for_machines(folder: Path) -> None:
    shown = run("show", "conversation-1", "--json", "--data-dir", folder).stdout

    assert json.loads(shown)["transfers"][0]["to"] == "saul"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("nonsense", "there is no conversation 'nonsense'"),
        ("conv", "'conv' may mean conversation-1, conversation-2"),
    ],
)
def test_an_id_that_names_no_one_conversation_is_an_error(
    folder: Path, wanted: str, said: str
) -> None:
    result = run("show", wanted, "--data-dir", folder)

    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stdout == ""


def test_before_the_switch_ever_ran_it_is_said_where_was_looked(tmp_path: Path) -> None:
    result = run("--data-dir", tmp_path)

    assert result.exit_code == 1
    assert f"no conversations are stored at {tmp_path}/threads.sqlite yet" in result.stderr


def config_folder(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "softswitch.toml").write_text(text)
    for name in ("reps", "territories", "dids", "trunks"):
        (folder / f"{name}.toml").write_text("")
    return folder


def test_the_store_is_where_the_config_says(tmp_path: Path, folder: Path) -> None:
    config = config_folder(tmp_path, f'[desk]\nstore = "sqlite:///{folder}/threads.sqlite"\n')

    assert "alice → saul" in run("--config", config).stdout
    assert "alice → saul" in run("--config", config, "--contact", "4805550123").stdout


def test_without_a_store_in_the_config_it_is_in_the_data_folder(
    tmp_path: Path, folder: Path
) -> None:
    config = config_folder(tmp_path, f'[switch]\ndata_dir = "{folder}"\n')

    assert "Jane Doe" in run("show", "conversation-1", "--config", config).stdout


@pytest.mark.parametrize(
    "url",
    ["mysql://switch:swordfish@db/threads", "threads.sqlite:swordfish", "sqlite://"],
)
def test_a_store_of_another_kind_is_refused_without_its_password(tmp_path: Path, url: str) -> None:
    result = run("--config", config_folder(tmp_path, f'[desk]\nstore = "{url}"\n'))

    assert result.exit_code == 1
    assert result.stderr
    assert "swordfish" not in result.stderr


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    # Nobody listens at that port: it is reserved (RFC 6335 §6).
    url = "postgresql://switch:swordfish@127.0.0.1:1/threads"
    result = run("--config", config_folder(tmp_path, f'[desk]\nstore = "{url}"\n'))

    assert result.exit_code == 1
    assert "threads on 127.0.0.1:1 (PostgreSQL) cannot be used" in result.stderr
    assert "swordfish" not in result.stderr


def letters_in(folder: Path) -> None:
    topic = topics.leg("conversation-9", "leg-0")
    sent = codec.encode(customer(conversation_id="conversation-9"), node="n", at=at(0))
    letters = [
        DeadLetter.of(topic, b"\x1b[2J\xff", at=at(1), kind="unreadable", problem="no JSON"),
        # It says that it is of a later format, and was read by an earlier release.
        DeadLetter.of(topic, sent, at=at(2), kind="newer_version", problem="version 2"),
    ]
    with closing(make_store(folder / "threads.sqlite")) as store:
        store.add([], letters)


def test_dead_letters_are_listed_without_what_they_say(folder: Path) -> None:
    assert run("dead-letters", "--data-dir", folder).stdout == "no dead letters\n"
    letters_in(folder)

    said = run("dead-letters", "--data-dir", folder).stdout
    assert "newer_version: version 2" in said.splitlines()[0]
    assert "conversation-9" in said
    assert "480555" not in said
    assert "1 " in run("dead-letters", "--kind", "unreadable", "--data-dir", folder).stdout


def test_dead_letters_are_shown_whole_when_it_is_asked_for(folder: Path) -> None:
    letters_in(folder)

    said = run("dead-letters", "--contents", "--data-dir", folder).stdout
    assert "480555" in said
    assert "\x1b" not in said
    listed = json.loads(run("dead-letters", "--contents", "--json", "--data-dir", folder).stdout)
    assert [one["kind"] for one in listed] == ["newer_version", "unreadable"]
    assert listed[1]["payload"] == "\x1b[2J\\xff"
    quiet = json.loads(run("dead-letters", "--json", "--limit", 1, "--data-dir", folder).stdout)
    assert "payload" not in quiet[0]


def test_letters_that_can_be_read_now_become_conversations(folder: Path) -> None:
    letters_in(folder)

    assert run("read-again", "--data-dir", folder).stdout == "1 taken, 1 still cannot be\n"
    assert "conversation-9" in run("--data-dir", folder).stdout


def test_a_wrong_config_is_an_error_and_no_traceback(tmp_path: Path) -> None:
    result = run("--config", config_folder(tmp_path, "[bus]\nport = 0\n"))

    assert result.exit_code == 2
    assert "port" in result.stderr
