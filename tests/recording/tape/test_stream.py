"""Where packets belong on the time line, whatever the network and the phone did to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from switch.audio.rtp import RtpPacket
from switch.recording.tape.stream import AHEAD_S, Placed, Stream

CLOCK_HZ = 8000


def packet(number: int, ticks: int) -> RtpPacket:
    return RtpPacket(
        payload_type=0,
        sequence=number & 0xFFFF,
        timestamp=ticks & 0xFFFFFFFF,
        source=1,
        payload=str(number).encode(),
    )


def spoken(count: int, *, first: int = 0, from_s: float = 0.0) -> list[tuple[float, RtpPacket]]:
    """Return packets that arrive as they were spoken."""
    return [
        (from_s + 0.02 * index, packet(first + index, 160 * (first + index)))
        for index in range(count)
    ]


def laid_out(arrivals: Iterable[tuple[float, RtpPacket]]) -> list[tuple[int, float]]:
    """Return which packets are handed out, and where each belongs."""
    arrived = list(arrivals)
    stream = Stream(arrived[0][0], arrived[0][1], CLOCK_HZ)
    placed: list[Placed] = []
    for at_s, one in arrived:
        assert stream.take(at_s, one)
        placed += stream.due(at_s - AHEAD_S)
    placed += stream.due(float("inf"))
    return [(int(one.payload), round(one.anchor_s + one.ticks / CLOCK_HZ, 3)) for one in placed]


def places(laid: Sequence[tuple[int, float]]) -> dict[int, float]:
    return dict(laid)


def test_packets_lie_where_they_were_spoken() -> None:
    assert laid_out(spoken(200)) == [(index, round(0.02 * index, 3)) for index in range(200)]


def test_numbers_and_timestamps_wrap() -> None:
    arrivals = [
        (0.02 * index, packet(65_500 + index, 0xFFFF_F000 + 160 * index)) for index in range(100)
    ]

    assert [at_s for _number, at_s in laid_out(arrivals)] == [
        pytest.approx(0.02 * index) for index in range(100)
    ]


def test_delay_that_comes_and_goes_moves_nothing() -> None:
    arrivals = [
        (at_s + (0.0, 0.011, 0.004)[i % 3], one) for i, (at_s, one) in enumerate(spoken(99))
    ]

    laid = laid_out(arrivals)

    assert [at_s for _number, at_s in laid] == [pytest.approx(0.02 * index) for index in range(99)]


def test_what_came_in_another_order_is_put_right_and_what_came_twice_is_heard_once() -> None:
    arrivals = spoken(50)
    arrivals[10], arrivals[11] = (
        (arrivals[10][0], arrivals[11][1]),
        (arrivals[11][0], arrivals[10][1]),
    )
    arrivals.insert(20, arrivals[19])
    arrivals.insert(31, arrivals[29])

    assert [number for number, _at_s in laid_out(arrivals)] == list(range(50))


def test_what_comes_after_its_turn_is_dropped() -> None:
    arrivals = spoken(100)
    late = arrivals.pop(3)
    arrivals.append((2.0, late[1]))

    assert [number for number, _ in laid_out(arrivals)] == [*range(3), *range(4, 100)]


def test_a_lost_packet_leaves_its_place_empty() -> None:
    arrivals = [one for index, one in enumerate(spoken(100)) if index % 7]

    assert all(at_s == pytest.approx(0.02 * number) for number, at_s in laid_out(arrivals))


def test_a_burst_after_a_stall_is_laid_out_as_it_was_spoken() -> None:
    arrivals = [(max(at_s, 3.0) if at_s > 1.0 else at_s, one) for at_s, one in spoken(250)]

    assert all(at_s == pytest.approx(0.02 * number) for number, at_s in laid_out(arrivals))


def test_a_phone_that_counts_on_while_it_is_silent_leaves_a_gap() -> None:
    arrivals = spoken(50) + [
        (3.0 + 0.02 * index, packet(50 + index, 24_000 + 160 * index)) for index in range(50)
    ]

    assert places(laid_out(arrivals))[50] == pytest.approx(3.0)


@pytest.mark.parametrize("silent_s", [0.5, 2.0, 4.5])
def test_a_phone_that_stops_its_clock_is_anchored_anew(silent_s: float) -> None:
    arrivals = spoken(100) + spoken(100, first=100, from_s=2.0 + silent_s)

    where = places(laid_out(arrivals))

    assert where[99] == pytest.approx(1.98)
    assert where[100] == pytest.approx(2.0 + silent_s)


def test_the_last_packet_alone_moves_nothing_for_being_a_little_late() -> None:
    arrivals = spoken(100)
    arrivals[-1] = (arrivals[-1][0] + 0.08, arrivals[-1][1])

    assert places(laid_out(arrivals))[99] == pytest.approx(1.98)


@pytest.mark.parametrize("speed", [0.9995, 1.0005])
def test_a_clock_that_runs_wrong_is_followed(speed: float) -> None:
    arrivals = [(at_s * speed, one) for at_s, one in spoken(30_000)]

    where = places(laid_out(arrivals))

    assert all(abs(where[number] - at_s) < 0.05 for number, (at_s, _one) in enumerate(arrivals))


def test_another_count_is_not_taken() -> None:
    stream = Stream(0.0, packet(1000, 0), CLOCK_HZ)
    assert stream.take(0.0, packet(1000, 0))

    assert not stream.take(0.02, packet(1001, 8000 * 6))
    assert not stream.take(0.02, packet(800, 160))
    assert stream.take(0.02, packet(1001, 160))
    assert not stream.take(7.0, packet(1002, 320))
