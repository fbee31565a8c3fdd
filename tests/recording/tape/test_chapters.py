"""Where a listener may go."""

from __future__ import annotations

from switch.recording.tape.chapters import Chapter, chapters
from switch.recording.tape.line import Side, Why
from switch.recording.tape.marks import GapMark, LegMark, Marks


def account(*legs: LegMark, gaps: tuple[GapMark, ...] = ()) -> Marks:
    return Marks(
        conversation_id="c1",
        began_at="2026-11-28T10:00:00.000Z",
        duration_s=60.0,
        file="c1.flac",
        rate_hz=8000,
        legs=list(legs),
        gaps=list(gaps),
        codecs={},
    )


def mark(leg_id: str, from_s: float, to_s: float, side: Side = Side.RIGHT) -> LegMark:
    rep = leg_id if side is Side.RIGHT else None
    return LegMark(leg_id=leg_id, side=side, from_s=from_s, to_s=to_s, rep=rep)


def test_a_chapter_begins_where_another_one_talks_with_the_customer() -> None:
    found = chapters(
        account(mark("saul", 30.0, 60.0), mark("c", 0.0, 60.0, Side.LEFT), mark("alice", 1.0, 20.0))
    )

    assert found == (
        Chapter(from_s=1.0, to_s=20.0, leg_id="alice", rep="alice"),
        Chapter(from_s=30.0, to_s=60.0, leg_id="saul", rep="saul"),
    )


def test_who_was_muted_goes_on_with_his_chapter_and_who_comes_back_begins_another() -> None:
    found = chapters(
        account(
            mark("a", 0.0, 9.0), mark("a", 10.0, 20.0), mark("s", 25.0, 30.0), mark("a", 40, 50)
        )
    )

    assert [(one.leg_id, one.from_s, one.to_s) for one in found] == [
        ("a", 0.0, 20.0),
        ("s", 25.0, 30.0),
        ("a", 40.0, 50.0),
    ]


def test_a_pause_is_a_chapter_in_which_nothing_is_heard() -> None:
    gap = GapMark(why=Why.PAUSED, from_s=5.0, to_s=8.0)

    found = chapters(account(mark("alice", 0.0, 20.0), gaps=(gap,)))

    assert found[1] == Chapter(from_s=5.0, to_s=8.0, gap=Why.PAUSED)
