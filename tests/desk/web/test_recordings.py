"""A recording is heard, in whatever part a player asks for, by those who may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from switch.config import RecordingSettings
from switch.live.board import utc_s
from switch.recording.store import FolderStore
from switch.recording.tape.line import Side, Why
from switch.recording.tape.marks import GapMark, LegMark, Marks
from switch.records.leg import LegRecord
from tests.desk.web.house import ID, House, make_house
from tests.recording.bucket import bucket
from tests.records.samples import at, customer, rep, story

NAME = f"2026/11/22/{ID}.flac"
URL = f"/recordings/{ID}/{ID}.flac"
SOUND = bytes(range(256)) * 4096
OVER_S = 1_800_000_000.0
"""A moment long after the call."""


def recorded() -> list[LegRecord]:
    return [msgspec.structs.replace(one, recording=NAME) for one in story(conversation_id=ID)]


def account(legs: list[LegRecord]) -> bytes:
    alice, saul = (next(leg for leg in legs if leg.rep == rep) for rep in ("alice", "saul"))
    return msgspec.json.encode(
        Marks(
            conversation_id=ID,
            began_at="2026-11-22T10:00:00.000Z",
            duration_s=100.0,
            file=f"{ID}.flac",
            rate_hz=8000,
            legs=[
                LegMark(leg_id="x", side=Side.LEFT, from_s=0, to_s=100),
                LegMark(leg_id=alice.leg_id, side=Side.RIGHT, rep="alice", from_s=0, to_s=60),
                LegMark(leg_id=saul.leg_id, side=Side.RIGHT, rep="saul", from_s=65.5, to_s=100),
            ],
            gaps=[GapMark(why=Why.PAUSED, from_s=20, to_s=25)],
            codecs={},
        )
    )


def keep(house: House, folder: Path, *, sound: bytes = SOUND) -> None:
    """Have the store keep what was recorded of the story."""
    legs = recorded()
    house.knows(*legs)
    for name, content in ((NAME, sound), (NAME.replace("flac", "json"), account(legs))):
        path = folder / "made"
        path.write_bytes(content)
        house.desk.recordings.put(path, name)


@pytest.fixture(params=["folder", "bucket"])
def full(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """Return a desk with a recording in a folder, or in a bucket."""
    settings = RecordingSettings(keep_days=30)
    if request.param == "bucket":
        url = request.getfixturevalue("storage")
        settings = bucket(tmp_path, url)
    house = make_house(tmp_path / "house", recording=settings)
    keep(house, tmp_path)
    yield house
    house.store.close()


def test_it_is_sent_whole_and_in_parts(full: House) -> None:
    client = full.signed_in()

    whole = client.get(URL)
    part = client.get(URL, headers={"Range": "bytes=1000-1003"})
    end = client.get(URL, headers={"Range": "bytes=-2"})

    assert (whole.status_code, whole.content == SOUND) == (200, True)
    assert whole.headers["content-type"] == "audio/flac"
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-length"] == str(len(SOUND))
    assert "no-store" in whole.headers["cache-control"]
    assert (part.status_code, part.content) == (206, SOUND[1000:1004])
    assert part.headers["content-range"] == f"bytes 1000-1003/{len(SOUND)}"
    assert (end.status_code, end.content) == (206, SOUND[-2:])


def test_a_part_that_is_not_there_and_one_of_another_file(full: House) -> None:
    client = full.signed_in()

    behind = client.get(URL, headers={"Range": f"bytes={len(SOUND)}-"})
    other = client.get(URL, headers={"Range": "bytes=0-1", "If-Range": '"another"'})
    mark = other.headers["etag"]
    same = client.get(URL, headers={"Range": "bytes=0-1", "If-Range": mark})
    head = client.head(URL)

    assert behind.status_code == 416
    assert behind.headers["content-range"] == f"bytes */{len(SOUND)}"
    assert (other.status_code, same.status_code) == (200, 206)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(SOUND))


def test_the_page_has_a_player_with_marks_where_the_legs_change(full: House) -> None:
    page = full.signed_in().get(f"/conversations/{ID}").text

    assert f'src="{URL}"' in page
    marks = page.partition('class="marks"')[2].partition("</ol>")[0]
    assert marks.count("data-seek=") == 3
    assert marks.index("Alice") < marks.index("Paused") < marks.index("Saul")
    assert 'data-seek="65.5" data-sound="sound-1"' in marks
    assert '<span class="at">1:05</span> Saul' in marks
    assert 'aria-label="Play from Saul, 1:05"' in page


@pytest.mark.parametrize(
    ("who", "status"), [("alice", 200), ("saul", 200), ("dana", 200), ("bob", 403)]
)
def test_those_who_talked_and_supervisors_may_hear_it(
    house: House, tmp_path: Path, who: str, status: int
) -> None:
    keep(house, tmp_path)
    client = house.signed_in(who)

    assert client.get(URL).status_code == status
    page = client.get(f"/conversations/{ID}").text
    assert (f'src="{URL}"' in page) is (status == 200)
    assert ("Only who talked in it" in page) is (status == 403)


def test_nobody_hears_it_who_has_not_signed_in(house: House, tmp_path: Path) -> None:
    keep(house, tmp_path)

    answer = house.client().get(URL)

    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={URL}")


@pytest.mark.parametrize(
    "path",
    [
        f"/recordings/{ID}/another.flac",
        f"/recordings/{ID}/..%2F..%2Fdesk.sqlite",
        f"/recordings/{ID}/{ID}.json",
        f"/recordings/never/{ID}.flac",
    ],
)
def test_nothing_else_can_be_asked_for(house: House, tmp_path: Path, path: str) -> None:
    keep(house, tmp_path)

    assert house.signed_in().get(path).status_code == 404


def test_one_that_was_too_old_is_gone_and_one_that_is_not_there_missing(tmp_path: Path) -> None:
    for keep_days, status, words in (
        (3, 410, "The recording was removed: recordings are kept for 3 days."),
        (None, 404, "There is nothing to hear: no sound came, or the file is not where it was."),
    ):
        folder = tmp_path / f"house{keep_days}"
        house = make_house(folder, recording=RecordingSettings(keep_days=keep_days))
        house.knows(*recorded())
        house.desk.now = lambda: OVER_S
        client = house.signed_in()

        answer = client.get(URL)
        assert (answer.status_code, words in answer.text) == (status, True)
        assert words in client.get(f"/conversations/{ID}").text
        house.store.close()


def test_one_that_is_being_made_comes_by_itself(house: House, tmp_path: Path) -> None:
    house.knows(*recorded())
    ended_at = max(leg.ended_at or "" for leg in recorded())
    house.desk.now = lambda: utc_s(ended_at) + 1
    client = house.signed_in()

    page = client.get(f"/conversations/{ID}").text
    assert "The recording is being made" in page
    assert f'hx-get="/conversations/{ID}/recording"' in page
    keep(house, tmp_path)
    again = client.get(f"/conversations/{ID}/recording").text
    assert f'src="{URL}"' in again
    assert "hx-trigger" not in again
    assert again.count('hx-swap-oob="true"><button') == 2


def test_what_goes_on_cannot_be_heard_yet(house: House) -> None:
    house.knows(
        customer(recording=NAME),
        rep("alice", state="answered", answered_at=at(2), revision=3, recording=NAME),
    )
    client = house.signed_in()

    assert client.get(URL).status_code == 409
    assert "It can be heard when the call is over." in client.get(f"/conversations/{ID}").text


def test_a_store_that_fails_is_no_fault_of_the_page(tmp_path: Path) -> None:
    lost = RecordingSettings(s3_bucket="lost", s3_credentials_file=tmp_path / "nowhere")
    house = make_house(tmp_path / "house", recording=lost)
    house.knows(*recorded())
    client = house.signed_in()

    assert client.get(URL).status_code == 503
    page = client.get(f"/conversations/{ID}")
    assert (page.status_code, "does not answer at the moment" in page.text) == (200, True)
    house.store.close()


def test_marks_that_cannot_be_read_are_left_out(house: House, tmp_path: Path) -> None:
    keep(house, tmp_path)
    store = FolderStore(house.desk.config.recordings_dir)
    broken = tmp_path / "broken"
    broken.write_bytes(b"{")
    for put in (True, False):
        if put:
            store.put(broken, NAME.replace("flac", "json"))
        else:
            store.remove(NAME.replace("flac", "json"))
        page = house.signed_in().get(f"/conversations/{ID}").text
        assert f'src="{URL}"' in page
        assert "data-seek" not in page
