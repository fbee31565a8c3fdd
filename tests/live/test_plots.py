"""Bars are as long as what they stand for, and stand inside the picture."""

from __future__ import annotations

from switch.live.plots import HEIGHT, WIDTH, Plot, plots_of
from tests.live.test_tally import call, figures, transfer
from tests.records.samples import at


def is_inside(plot: Plot) -> bool:
    return all(
        bar.x >= 0
        and bar.y >= 0
        and bar.x + bar.width <= plot.width
        and bar.y + bar.height <= plot.height
        for bar in plot.bars
    )


def test_a_day_without_calls_has_no_bars() -> None:
    plots = plots_of(figures())

    assert [one.bars for one in (plots.hours, plots.waits, plots.transfers)] == [(), (), ()]
    assert (plots.hours.most, plots.transfers.height) == (0, 22.0)
    assert (plots.hours.width, plots.hours.height) == (WIDTH, HEIGHT)


def test_what_became_of_the_calls_of_an_hour_stands_one_on_the_other() -> None:
    plot = plots_of(
        figures(call(), call(), call("abandoned"), call("unanswered"), call(started_at=at(3600)))
    ).hours

    answered, abandoned, unanswered, later = plot.bars
    assert plot.most == 4
    assert answered.height == 2 * abandoned.height == 2 * unanswered.height == 2 * later.height
    assert answered.y + answered.height == 120
    assert abandoned.y + abandoned.height == answered.y
    assert (unanswered.x, later.x > answered.x) == (answered.x, True)
    assert answered.says == "12:00 to 13:00: 2 answered"
    assert [mark.text for mark in plot.marks][:3] == ["00", "03", "06"]
    assert is_inside(plot)


def test_waits_stand_side_by_side_with_their_number() -> None:
    plot = plots_of(figures(call(waited_s=1.0), call(waited_s=2.0), call(waited_s=500.0))).waits

    short, long = plot.bars
    assert short.height == 2 * long.height
    assert (short.says, long.says) == ("0–5 s: 2", "120+ s: 1")
    assert [mark.text for mark in plot.marks if mark.y < 120] == ["2", "1"]
    assert is_inside(plot)


def test_transfers_lie_and_what_happened_most_is_first() -> None:
    transfers = tuple(map(transfer, ("answered", "declined", "declined", "pending")))

    plot = plots_of(figures(call(transfers=transfers))).transfers

    assert [bar.kind for bar in plot.bars] == ["failed", "answered", "pending"]
    assert [bar.says for bar in plot.bars] == ["declined: 2", "answered: 1", "is being called: 1"]
    assert plot.bars[0].width == 2 * plot.bars[1].width
    assert plot.height == 66
    assert is_inside(plot)
