from datetime import UTC, datetime, timedelta, timezone, tzinfo
from textwrap import dedent

import msgspec

from switch.call.endings import EndReason
from switch.records import lost
from switch.records.leg import Attempt, LegRecord, Talk
from switch.threads.text import Tone, as_text, describe, summarise
from switch.threads.thread import fold
from switch.threads.view import view
from tests.records.samples import at, customer, given_back, rep, story


def told(*records: LegRecord, zone: tzinfo = UTC) -> str:
    return as_text(describe(view(fold(records)), zone))


def listed(*threads: list[LegRecord], zone: tzinfo = UTC) -> list[str]:
    return as_text(summarise([view(fold(records)) for records in threads], zone)).splitlines()


def test_the_example_of_the_design_reads_as_it_happened() -> None:
    assert told(*story(talks_s=(60, 120, 24.2))) == dedent("""\
        Call from +14805550123 (Jane Doe)
        Sun 22 Nov 2026, 12:45:00 to 12:48:30: 3 min 30 s, 2 transfers, waited 4.0 s, completed

          who                      called    answered  ended     talked      end
          +14805550123 (Jane Doe)  12:45:00  12:45:02  12:48:30  3 min 24 s  completed
          alice                    12:45:00  12:45:02  12:46:04  1 min 00 s  transferred to saul
          saul                     12:46:02  12:46:04  12:48:06  2 min 00 s  transferred to alice
          alice                    12:48:04  12:48:06  12:48:30  24.2 s      completed

          transfers
          12:46:02   alice → saul  answered after 1.9 s
          12:48:04   saul → alice  answered after 1.9 s

        conversation conversation-1
    """)


def test_a_call_that_was_given_back_reads_as_it_happened() -> None:
    assert told(*given_back()) == dedent("""\
        Call from +14805550123 (Jane Doe)
        Sun 22 Nov 2026, 12:45:00 to 12:46:44: 1 min 44 s, 1 transfer, waited 12.0 s, completed

          who                      called    answered  ended     talked      end
          +14805550123 (Jane Doe)  12:45:00  12:45:02  12:46:44  1 min 30 s  completed
          alice                    12:45:00  12:45:02  12:46:02  1 min 00 s  transferred to saul
            tried saul             12:46:02  –         12:46:10  –           declined
          alice                    12:46:10  12:46:14  12:46:44  30.0 s      completed

          transfers
          12:46:02   alice → saul   declined after 8.0 s
          12:46:10   back to alice  resumed after 4.0 s

        conversation conversation-1
    """)


def test_a_call_whose_worker_died_says_since_when_nobody_could_signal() -> None:
    talk = Talk(with_leg="leg-1", started_at=at(2))
    kim = customer(state="answered", answered_at=at(2), talks=(talk,), unattended_since=at(63))
    alice = rep("alice", state="answered", answered_at=at(2), unattended_since=at(63))
    alice = msgspec.structs.replace(alice, talks=(Talk(with_leg="leg-0", started_at=at(2)),))
    over = [
        lost.ended(one, at_s=datetime.fromisoformat(at(190)).timestamp()) for one in (kim, alice)
    ]

    assert "  signalling lost at 12:46:03, goes on until one hangs up\n" in told(kim, alice)
    assert "  signalling lost at 12:46:03, goes on until one hangs up\n" in told(kim, over[1])
    assert told(*over) == dedent("""\
        Call from +14805550123 (Jane Doe)
        Sun 22 Nov 2026, 12:45:00 to 12:48:10: 3 min 10 s, no transfers, worker lost

          who                      called    answered  ended     talked      end
          +14805550123 (Jane Doe)  12:45:00  12:45:02  12:48:10  3 min 08 s  worker lost
          alice                    12:45:00  12:45:02  12:48:10  3 min 08 s  worker lost

          signalling lost at 12:46:03, ended 12:48:10

        conversation conversation-1
    """)


def test_what_the_switch_did_by_itself_stands_among_the_transfers_in_its_order() -> None:
    back = rep("alice", leg_id="r", why="recall", from_leg="leg-1", offered_at=at(5))
    back = msgspec.structs.replace(back, ended_at=at(25), end_reason=EndReason.NO_ANSWER)
    saul = rep("saul", leg_id="t", why="transfer", from_leg="leg-1", offered_at=at(3))
    seattle = rep("x", leg_id="f", why="fallback", territory="seattle", offered_at=at(25))

    shown = told(customer(), rep("alice", answered_at=at(1)), seattle, back, saul)

    table = shown[shown.index("  transfers") :].splitlines()[1:4]
    assert [line.split("   ", 1)[1].strip() for line in table] == [
        "alice → saul       pending",
        "back to alice      no answer after 20.0 s",
        "instead → seattle  pending",
    ]


def test_a_recall_is_shown_before_the_transfer_it_comes_of_is_known() -> None:
    nobody = msgspec.structs.replace(rep("x", why="recall"), rep=None, number=None)
    somewhere = msgspec.structs.replace(nobody, why="fallback", dialled=None)

    assert "back to ?" in told(customer(), nobody)
    assert "instead → ?" in told(customer(), somewhere)


def test_a_call_nobody_answered_shows_who_was_tried() -> None:
    alice = rep("alice", ended_at=at(30), end_reason=EndReason.NO_ANSWER)
    caller = customer(ended_at=at(30), end_reason=EndReason.NO_ANSWER)

    lines = told(caller, alice).splitlines()

    assert lines[1].endswith("30.0 s, no transfers, no answer")
    assert lines[5].split() == ["tried", "alice", "12:45:00", "–", "12:45:30", "–", "no", "answer"]


def test_a_call_in_progress_shows_what_is_still_to_come() -> None:
    lines = told(*story()[:-3]).splitlines()

    assert lines[1] == "Sun 22 Nov 2026, 12:45:00 to now: in progress, 2 transfers, waited 4.0 s"
    assert lines[-7].split() == ["alice", "12:48:04", "12:48:06", "…", "…", "talking"]


def test_a_leg_that_waits_is_open() -> None:
    lines = told(customer(), rep("alice")).splitlines()

    assert lines[4].split()[-4:] == ["…", "…", "…", "open"]
    assert lines[5].split() == ["tried", "alice", "12:45:00", "–", "…", "–", "pending"]


def test_a_call_to_a_customer_says_by_whom() -> None:
    alice = rep("alice", side="caller", direction="outbound", from_leg=None)
    called = customer(side="callee", direction="outbound", answered_at=at(2), name=None)

    assert told(called, alice).startswith("Call to +14805550123 by alice\n")
    assert told(msgspec.structs.replace(called, answered_at=None)).startswith(
        "Call to +14805550123\n"
    )


def test_a_call_between_reps_says_from_whom() -> None:
    alice = rep("alice", side="caller", direction="internal", from_leg=None)

    assert told(alice).startswith("Call between reps, from alice\n")
    assert told(msgspec.structs.replace(alice, side="callee")).startswith("Call between reps\n")


def test_a_withheld_number_is_called_one() -> None:
    lines = told(customer(number=None, name=None)).splitlines()

    assert lines[0] == "Call from a withheld number"
    assert lines[4].startswith("  withheld number ")


def test_who_took_the_call_was_not_tried_in_vain() -> None:
    rang = (
        Attempt(rep="bob", from_at=at(1), to_at=at(9), outcome="elsewhere"),
        Attempt(rep="saul", from_at=at(1), to_at=at(9), outcome="answered"),
    )
    answered = rep("saul", territory="seattle", answered_at=at(9), attempts=rang)

    shown = told(customer(), answered)

    assert "tried bob" in shown
    assert "tried saul" not in shown


def test_a_territory_that_was_called_in_vain_is_called_by_its_name() -> None:
    hunted = rep("x", territory="seattle", why="fallback", ended_at=at(9))
    hunted = msgspec.structs.replace(hunted, rep=None, number="801")

    assert "tried seattle" in told(customer(), hunted)
    assert "nobody (tried seattle)" in listed([customer(), hunted])[1]


def test_a_transferred_leg_whose_target_is_not_known_yet_says_only_that() -> None:
    caller, alice = customer(), rep("alice", answered_at=at(1), ended_at=at(9))
    alice = msgspec.structs.replace(alice, end_reason=EndReason.TRANSFERRED)
    target = rep("x", leg_id="leg-2", why="transfer", from_leg="leg-1", offered_at=at(8))
    nobody = msgspec.structs.replace(target, rep=None, number=None, dialled=None)

    assert told(caller, alice).splitlines()[5].endswith("transferred")
    assert "transferred to ?" in told(caller, alice, nobody)
    assert "tried somebody" in told(caller, alice, nobody)


def test_a_transfer_whose_transferor_is_not_known_yet_is_shown() -> None:
    target = rep("saul", leg_id="leg-2", why="transfer", from_leg="leg-1")

    assert "? → saul" in told(customer(), target)


def test_times_of_another_day_are_marked() -> None:
    long = story(["alice"], [86_400 * 2])

    assert "12:45:02 +2d" in told(*long)


def test_times_are_those_of_the_zone() -> None:
    tokyo = timezone(timedelta(hours=9))

    assert "21:45:02" in told(*story(), zone=tokyo)


def test_what_callers_say_of_themselves_cannot_move_the_cursor() -> None:
    nasty = customer(name="Eve\x1b[2J\r\n\u202e\u2028 " + "x" * 100, number="+1\x07480")

    shown = told(nasty)

    assert not {"\x1b", "\r", "\u202e", "\u2028", "\x07"} & set(shown)
    assert "+1480 (Eve[2J " in shown
    assert "x" * 41 not in shown


def test_titles_and_side_matters_have_their_tones() -> None:
    lines = describe(view(fold([customer(), rep("alice")])), UTC)

    assert lines[0].tone is Tone.TITLE
    assert lines[4].tone is Tone.PLAIN
    assert lines[5].tone is Tone.QUIET


def test_a_list_has_one_line_for_each_conversation() -> None:
    begun = ("2026-11-22 12:45:00", "in", "+14805550123")
    missed = [
        customer(ended_at=at(3), end_reason=EndReason.BUSY),
        rep("alice", ended_at=at(3), end_reason=EndReason.BUSY),
    ]

    rows = [line.split("  ") for line in listed(story(), missed, story()[:-3])]

    assert [[cell.strip() for cell in row if cell] for row in rows] == [
        ["started", "way", "contact", "talked", "lasted", "end", "conversation"],
        [*begun, "alice → saul → alice", "3 min 30 s", "completed", "conversation-1"],
        [*begun, "nobody (tried alice)", "3.0 s", "busy", "conversation-1"],
        [*begun, "alice → saul → alice", "…", "in progress", "conversation-1"],
    ]


def test_a_long_chain_is_shortened_in_the_list() -> None:
    reps = [f"r{number}" for number in range(9)]

    assert "r0 → r1 → 6 more → r8" in listed(story(reps, [1] * 9))[1]


def test_a_list_of_nothing_says_so() -> None:
    assert listed() == ["no conversations yet"]


def test_a_thread_of_which_only_an_attempt_is_known_is_listed() -> None:
    lost = rep("alice", direction="internal", ended_at=at(3), end_reason=EndReason.BUSY)
    outside = Attempt(rep="bob", from_at=at(1), outcome="busy")

    assert listed([lost])[1].split()[2:5] == ["internal", "–", "nobody"]
    assert listed([lost])[1].split()[-2] == "–"
    assert "nobody (tried bob)" in listed([customer(attempts=(outside,))])[1]


def test_a_thread_that_ended_without_a_reason_is_our_mistake_and_says_so() -> None:
    assert "switch error" in listed([customer(ended_at=at(3))])[1]


def test_a_customer_who_was_called_back_is_not_among_those_who_talked() -> None:
    talk = Talk(with_leg="leg-1", started_at=at(2), ended_at=at(3))

    assert "  nobody  " in listed([customer(answered_at=at(1), talks=(talk,))])[1]
