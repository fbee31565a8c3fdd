"""What the node is told of a conversation, and in which order: the worker may die in between."""

from __future__ import annotations

import structlog

from switch.call.ids import LegId
from switch.wire.survival import Salvaged
from switch.wire.worker import Changed, FromWorker
from switch.worker.telling import Telling
from tests.call.line import TO_SAUL, answered


class Descriptions:
    """What the parties have said and were told; of one of whom nothing is known, nothing."""

    def __init__(self, version: int | None = 1) -> None:
        self.version = version

    def said_by(self, leg_id: LegId) -> str | None:
        return None if self.version is None else f"{leg_id} says {self.version}"

    def told_to(self, leg_id: LegId) -> str | None:
        return None if self.version is None else f"{leg_id} was told {self.version}"

    def is_encrypted(self, leg_id: LegId) -> bool:
        return self.version is not None and leg_id == LegId("c1.1")


class Heard:
    """A line whose worker tells the node of it."""

    def __init__(self, media: Descriptions | None = None) -> None:
        self.said: list[FromWorker] = []
        self.line = answered()
        self.media = media or Descriptions()
        self.telling = Telling(self.line.conversation, media=self.media, say=self.said.append)
        self.tell()

    def tell(self) -> list[FromWorker]:
        """Return what is told now; what the line has taken in is published by it, not by us."""
        self.said.clear()
        self.telling.tell()
        return self.said

    def kinds(self) -> list[str]:
        return [type(one).__name__ for one in self.said if isinstance(one, Changed | Salvaged)]

    def salvaged(self) -> Salvaged:
        (found,) = [one for one in self.said if isinstance(one, Salvaged)]
        return found


def untaken(heard: Heard) -> None:
    """Let the next legs that change be published by the worker, and not by the line."""

    def take() -> None:
        heard.line.conversation.commands()

    heard.line.take = take  # type: ignore[method-assign]


def test_who_waits_is_told_before_the_record_that_shows_it() -> None:
    heard = Heard()
    untaken(heard)

    saul = heard.line.refers(heard.line.callee, TO_SAUL)
    heard.tell()

    assert heard.kinds() == ["Salvaged", "Changed", "Changed", "Changed"]
    waiting = heard.salvaged().waiting
    assert waiting is not None
    assert (waiting.remote_sdp, waiting.told_sdp) == ("c1-1 says 1", "c1-1 was told 1")
    assert waiting.salvage.legs[-1].leg_id == saul


def test_that_he_waits_no_longer_is_told_behind_it() -> None:
    heard = Heard()
    untaken(heard)
    saul = heard.line.refers(heard.line.callee, TO_SAUL)
    heard.tell()

    heard.line.answers(saul)
    heard.tell()

    assert heard.kinds()[-1] == "Salvaged"
    assert heard.kinds().count("Salvaged") == 1
    assert heard.salvaged().waiting is None


def test_news_of_his_media_are_told_and_no_news_are_not() -> None:
    heard = Heard()
    untaken(heard)
    heard.line.refers(heard.line.callee, TO_SAUL)
    heard.tell()
    assert heard.tell() == []

    heard.media.version = 2
    heard.tell()

    assert heard.kinds() == ["Salvaged"]


def test_nobody_can_be_won_back_whose_media_nobody_knows() -> None:
    heard = Heard(Descriptions(None))
    untaken(heard)

    heard.line.refers(heard.line.callee, TO_SAUL)
    heard.tell()

    assert "Salvaged" not in heard.kinds()


def test_how_a_call_went_is_logged_in_one_line_and_names_nobody() -> None:
    with structlog.testing.capture_logs() as lines:
        heard = Heard()
        untaken(heard)
        heard.line.wait(1.5)
        heard.line.hangs_up(heard.line.callee)
        heard.line.happens_ended_by_us(heard.line.caller, 200)
        heard.tell()
        heard.telling.over()

    (line,) = [one for one in lines if one["log_level"] == "info"]
    assert line == {
        "event": "call.over",
        "log_level": "info",
        "conversation": "c1",
        "legs": 2,
        "end": "completed",
        "talked_s": 11.5,
    }
