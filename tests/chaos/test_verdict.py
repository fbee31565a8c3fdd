"""The judge of a storm: finds what is lost, open, twice or late, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.chaos import plan
from tests.chaos.killer import Kill
from tests.chaos.seen import SeenCall, read
from tests.chaos.verdict import Verdict, closed_more_than_once, judge

BEGAN_S = 1_800_000_000.0
NUMBER = "+16022000000"
CALL_ID = "1-2@127.0.0.2"
ANSWERED = (0.3, "R", "1 INVITE", "SIP/2.0 200 OK")
HUNG_UP = (5.0, "S", "2 BYE", "BYE sip:w1@127.0.0.1 SIP/2.0")
TOLD_SO = (5.002, "R", "2 BYE", "SIP/2.0 200 OK")


def seen(*messages: tuple[float, str, str, str]) -> list[SeenCall]:
    begins = (0.0, "S", "1 INVITE", "INVITE sip:+14805550100@127.0.0.1 SIP/2.0")
    trace = [
        f"2027-01-15\t08:00:00\t{BEGAN_S + at_s:.6f}\t{way}\t{CALL_ID}\tCSeq:{cseq}\t{first}\n"
        for at_s, way, cseq, first in (begins, *messages)
    ]
    return read([f"{CALL_ID} {NUMBER}\n"], trace)


def at(after_s: float) -> str:
    instant = datetime.fromtimestamp(BEGAN_S + after_s, UTC)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def thread(
    *, answered_s: float | None = 0.298, ended_s: float | None = 5.001, **more: Any
) -> dict[str, Any]:
    talk_s = ended_s - answered_s if ended_s is not None and answered_s is not None else 0.0
    ended_at = None if ended_s is None else at(ended_s)
    customer = {
        "role": "customer",
        "rep": None,
        "answered_at": None if answered_s is None else at(answered_s),
        "ended_at": ended_at,
        "talk_s": talk_s,
        "end_reason": "completed",
    }
    return {
        "conversation_id": "c1",
        "contact": NUMBER,
        "ended_at": ended_at,
        "legs": [customer],
        "transfers": [],
        "waiting_s": 0.0,
        **more,
    }


def judged(calls: list[SeenCall], *threads: dict[str, Any]) -> Verdict:
    return judge(calls, threads)


def test_a_call_that_is_in_one_thread_to_the_millisecond_is_all_right() -> None:
    verdict = judged(seen(ANSWERED, HUNG_UP, TOLD_SO), thread())

    assert verdict.problems == []
    assert (verdict.calls, verdict.answered, verdict.late) == (1, 1, 0)
    assert verdict.largest_difference_s == pytest.approx(0.003, abs=1e-4)


def test_an_answered_call_without_a_thread_is_lost() -> None:
    assert len(judged(seen(ANSWERED, HUNG_UP, TOLD_SO)).lost) == 1


@pytest.mark.parametrize("status", ["180 Ringing", "486 Busy Here"])
def test_a_call_that_reached_somebody_must_have_a_thread(status: str) -> None:
    calls = seen((0.1, "R", "1 INVITE", f"SIP/2.0 {status}"))

    assert len(judged(calls).lost) == 1


@pytest.mark.parametrize("status", ["100 Trying", "503 Service Unavailable"])
def test_a_call_that_the_switch_could_not_take_need_not_have_a_thread(status: str) -> None:
    calls = seen((0.1, "R", "1 INVITE", f"SIP/2.0 {status}"))

    assert judged(calls).lost == []
    assert judged(calls, thread(answered_s=None)).lost == []


def test_a_thread_that_does_not_know_of_the_answer_has_lost_it() -> None:
    verdict = judged(seen(ANSWERED, HUNG_UP, TOLD_SO), thread(answered_s=None))

    assert len(verdict.lost) == 1


def test_two_threads_of_a_call_are_one_too_many() -> None:
    verdict = judged(seen(ANSWERED, HUNG_UP, TOLD_SO), thread(), thread())

    assert len(verdict.duplicates) == 1


def test_a_thread_of_nobody_is_one_too_many() -> None:
    assert len(judged([], thread()).duplicates) == 1


def test_an_open_thread_dangles() -> None:
    verdict = judged(seen(ANSWERED, HUNG_UP, TOLD_SO), thread(ended_s=None))

    assert len(verdict.dangling) == 1


def test_a_customer_who_never_hung_up_is_unfinished() -> None:
    assert len(judged(seen(ANSWERED), thread()).unfinished) == 1


@pytest.mark.parametrize("changed", [{"ended_s": 5.06}, {"answered_s": 0.2}])
def test_a_time_that_is_off_by_more_than_50_ms_is_wrong(changed: dict[str, float]) -> None:
    verdict = judged(seen(ANSWERED, HUNG_UP, TOLD_SO), thread(**changed))

    assert len(verdict.wrong) == 1


def test_what_he_talked_and_waited_must_be_as_long_as_he_was_connected() -> None:
    verdict = judged(seen(ANSWERED, HUNG_UP, TOLD_SO), thread(waiting_s=0.06))

    assert len(verdict.wrong) == 1


def test_a_repeated_bye_counts_when_it_arrived() -> None:
    again = (5.5, *HUNG_UP[1:])
    calls = seen(ANSWERED, HUNG_UP, again, (5.51, *TOLD_SO[1:]))

    assert judged(calls, thread(ended_s=5.502)).late == 1
    assert judged(calls, thread(ended_s=5.502)).problems == []
    assert len(judged(calls, thread(ended_s=5.25)).wrong) == 1


def test_a_bye_that_was_not_repeated_counts_when_it_was_sent() -> None:
    calls = seen(ANSWERED, HUNG_UP, (5.3, *TOLD_SO[1:]))

    assert len(judged(calls, thread(ended_s=5.3)).wrong) == 1


def test_a_bye_that_nobody_was_there_for_counts_when_it_was_answered() -> None:
    calls = seen(ANSWERED, HUNG_UP, (5.44, *TOLD_SO[1:]))
    kill = Kill(at_s=BEGAN_S + 4.0, program="node", pid=1)
    other = Kill(at_s=BEGAN_S + 4.0, program="desk", pid=1)

    assert judge(calls, [thread(ended_s=5.439)], [kill]).problems == []
    assert len(judge(calls, [thread(ended_s=5.439)], [other]).wrong) == 1


def test_a_200_that_came_late_was_sent_by_a_timer_of_sip_before() -> None:
    calls = seen((3.8, *ANSWERED[1:]), HUNG_UP, TOLD_SO)

    assert judged(calls, thread(answered_s=0.3)).late == 1
    assert judged(calls, thread(answered_s=0.3)).problems == []
    assert len(judged(calls, thread(answered_s=1.0)).wrong) == 1


def test_he_is_answered_between_the_200_of_a_phone_and_his_own() -> None:
    (call,) = seen(ANSWERED, HUNG_UP, TOLD_SO)
    call.phones_s.append(BEGAN_S + 0.1)

    verdict = judged([call], thread(answered_s=0.2))
    too_soon = judged([call], thread(answered_s=0.04))

    assert verdict.problems == []
    assert verdict.slowest_answer_s == pytest.approx(0.2)
    assert len(too_soon.wrong) == 1


def test_a_leg_ends_once() -> None:
    ended = {"leg_id": "a", "revision": 3, "ended_at": at(5.0), "end_reason": "completed"}
    talks = {"leg_id": "a", "revision": 2, "ended_at": None, "end_reason": None}

    assert closed_more_than_once([talks, ended, ended, {**ended, "revision": 4}]) == []
    assert len(closed_more_than_once([ended, {**ended, "ended_at": at(5.1)}])) == 1
    assert len(closed_more_than_once([ended, {**ended, "end_reason": "worker_lost"}])) == 1


def test_a_seed_says_all_that_is_drawn() -> None:
    first, again = (plan.blows(7, mean_pause_s=1.0) for _ in range(2))

    assert plan.calls(7, 50) == plan.calls(7, 50) != plan.calls(8, 50)
    drawn = [next(first) for _ in range(50)]
    assert drawn == [next(again) for _ in range(50)]
    assert {blow.program for blow in drawn[: len(plan.PROGRAMS)]} == plan.PROGRAMS.keys()


def ended_with(after_s: float, reason: str) -> dict[str, Any]:
    made = thread(ended_s=after_s)
    made["legs"][0]["end_reason"] = reason
    return made


@pytest.mark.parametrize(
    ("ended_s", "reason", "killed", "is_right"),
    [
        (5.3, "media_lost", "edge", True),
        (5.3, "media_lost", "node", True),
        # Somebody who is there has heard him.
        (5.3, "media_lost", "desk", False),
        # He has been heard: that is the reason.
        (5.3, "completed", "edge", False),
        (6.9, "media_lost", "edge", False),
    ],
)
def test_who_hangs_up_unheard_may_be_ended_meanwhile_for_his_lost_media(
    ended_s: float, reason: str, killed: str, *, is_right: bool
) -> None:
    again = (5.5, "S", "2 BYE", HUNG_UP[3])
    calls = seen(ANSWERED, HUNG_UP, again, (5.51, "R", "2 BYE", "SIP/2.0 200 OK"))
    kills = [Kill(at_s=BEGAN_S + 4.9, program=killed, pid=7)]

    verdict = judge(calls, [ended_with(ended_s, reason)], kills)

    assert (verdict.wrong == []) is is_right


@pytest.mark.parametrize(("ended_s", "is_right"), [(7.1, True), (6.9, False), (9.1, False)])
def test_a_bye_that_had_to_be_repeated_is_heard_a_moment_before_a_stand_in_answers(
    ended_s: float, *, is_right: bool
) -> None:
    again = (5.5, "S", "2 BYE", HUNG_UP[3])
    calls = seen(ANSWERED, HUNG_UP, again, (9.0, "R", "2 BYE", "SIP/2.0 200 OK"))

    verdict = judge(calls, [ended_with(ended_s, "worker_lost")])

    assert (verdict.wrong == [], verdict.late) == (is_right, 1)


def test_who_hangs_up_unheard_may_be_hung_up_on_before_he_is_answered() -> None:
    ours = (5.6, "R", "1000000 BYE", "BYE sip:+16022000000@127.0.0.2 SIP/2.0")
    kills = [Kill(at_s=BEGAN_S + 4.9, program="edge", pid=7)]

    verdict = judge(seen(ANSWERED, HUNG_UP, ours), [ended_with(5.3, "media_lost")], kills)

    assert verdict.wrong == []
