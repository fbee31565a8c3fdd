from datetime import UTC

import msgspec
import pytest

from switch.records.leg import LegRecord, Recorded
from switch.threads.taped import recorded_s
from switch.threads.text import as_text, describe
from switch.threads.thread import fold
from switch.threads.view import ThreadView, view
from tests.records.samples import at, story

NAME = "2026/11/22/conversation-1.flac"


def recorded(*spans: tuple[Recorded, ...]) -> ThreadView:
    """Return a thread whose legs were recorded so, in the order of their ids."""
    newest: dict[str, LegRecord] = {record.leg_id: record for record in story()}
    known = [
        msgspec.structs.replace(
            newest[leg_id], revision=newest[leg_id].revision + 1, recording=NAME, recorded=his
        )
        for leg_id, his in zip(sorted(newest), spans, strict=False)
    ]
    return view(fold([*story(), *known]))


def span(from_s: float, to_s: float | None = None) -> Recorded:
    return Recorded(from_at=at(from_s), to_at=None if to_s is None else at(to_s))


def test_a_thread_says_of_whom_how_much_was_recorded_and_when() -> None:
    pauses = tuple(span(66 + 10 * one, 72 + 10 * one) for one in range(6))
    text = as_text(describe(recorded((), (span(2, 42.5), span(52, 62)), pauses), UTC))

    assert (
        """
  recorded: 2026/11/22/conversation-1.flac
    alice  50.5 s of 1 min 00 s  12:45:02 to 12:45:42, 12:45:52 to 12:46:02
    saul   36.0 s of 2 min 00 s  """
        "12:46:06 to 12:46:12, 12:46:16 to 12:46:22, 12:46:26 to 12:46:32, 12:46:36 to 12:46:42, "
        "2 more\n"
    ) in text


def test_what_goes_on_has_no_end_yet() -> None:
    thread = recorded((), (span(2, 12), span(20)))

    assert "    alice  …  12:45:02 to 12:45:12, 12:45:20 to …\n" in as_text(describe(thread, UTC))
    assert thread.legs[1].recorded == (span(2, 12), span(20))


@pytest.mark.parametrize(
    ("spans", "seconds"), [((), 0.0), ((span(1, 2.25), span(3)), 1.25), ((span(5, 4),), 0.0)]
)
def test_what_was_recorded_is_counted_when_it_is_over(
    spans: tuple[Recorded, ...], seconds: float
) -> None:
    assert recorded_s(spans) == seconds


def test_where_nothing_was_recorded_nothing_is_said_of_it() -> None:
    assert "recorded" not in as_text(describe(view(fold(story()))))
