import msgspec

from switch.call.endings import EndReason
from switch.call.ids import ConversationId, LegId
from switch.call.leg import Attempt, Leg, LegState, Recorded, Talk
from switch.call.target import Party
from switch.records import codec
from switch.records import leg as records
from switch.records.of_leg import instant, record_of

SUNDAY_NOON_S = 1795348800.0
LEG = Leg(
    leg_id=LegId("leg-1"),
    party=Party(role="rep", rep="alice", number="101", name="Alice Moreno"),
    side="callee",
    why="transfer",
    from_leg=LegId("leg-0"),
    dialled="alice",
    kind="rep",
    state=LegState.PLACED,
    offered_s=SUNDAY_NOON_S,
)


def written(leg: Leg) -> records.LegRecord:
    record = record_of(leg, conversation_id=ConversationId("conversation-1"), direction="inbound")
    # What is written must also be readable, or the desk would refuse it.
    assert codec.decode(codec.encode(record, node="node1", at=instant(0))) == record
    return record


def test_a_placed_leg_is_written_down_with_what_is_known_of_it() -> None:
    assert written(LEG) == records.LegRecord(
        leg_id="leg-1",
        revision=1,
        conversation_id="conversation-1",
        direction="inbound",
        role="rep",
        rep="alice",
        number="101",
        name="Alice Moreno",
        dialled="alice",
        why="transfer",
        from_leg="leg-0",
        side="callee",
        state="placed",
        offered_at="2026-11-22T12:00:00.000Z",
    )


def test_a_leg_that_is_over_says_when_it_talked_and_why_it_ended() -> None:
    leg = msgspec.structs.replace(
        LEG,
        state=LegState.ENDED,
        answered_s=SUNDAY_NOON_S + 2,
        ended_s=SUNDAY_NOON_S + 62.25,
        talks=(
            Talk(
                with_leg=LegId("leg-0"),
                started_s=SUNDAY_NOON_S + 2,
                ended_s=SUNDAY_NOON_S + 62.0004,
            ),
        ),
        end_reason=EndReason.TRANSFERRED,
        ended_by="switch",
        sip_status=200,
        revision=5,
    )

    record = written(leg)

    assert record.talks == (
        records.Talk(
            with_leg="leg-0",
            started_at="2026-11-22T12:00:02.000Z",
            ended_at="2026-11-22T12:01:02.000Z",
        ),
    )
    assert (record.revision, record.ended_at) == (5, "2026-11-22T12:01:02.250Z")
    assert (record.end_reason, record.ended_by, record.sip_status) == (
        EndReason.TRANSFERRED,
        "switch",
        200,
    )


def test_a_leg_whose_end_is_decided_but_not_reached_is_open() -> None:
    leg = msgspec.structs.replace(
        LEG, state=LegState.RELEASED, end_reason=EndReason.BUSY, ended_by="switch", sip_status=486
    )

    record = written(leg)

    assert (record.end_reason, record.ended_by, record.sip_status) == (None, None, None)


def test_who_was_rung_for_a_leg_is_written_down_in_order() -> None:
    leg = msgspec.structs.replace(
        LEG,
        territory="seattle",
        attempts=(
            Attempt(
                rep="saul", from_s=SUNDAY_NOON_S, to_s=SUNDAY_NOON_S + 2.5, outcome="elsewhere"
            ),
            Attempt(rep="bob", from_s=SUNDAY_NOON_S + 0.1, to_s=None, outcome="pending"),
        ),
    )

    record = written(leg)

    assert record.territory == "seattle"
    assert record.attempts == (
        records.Attempt(
            rep="saul",
            from_at="2026-11-22T12:00:00.000Z",
            to_at="2026-11-22T12:00:02.500Z",
            outcome="elsewhere",
        ),
        records.Attempt(rep="bob", from_at="2026-11-22T12:00:00.100Z", outcome="pending"),
    )


def test_every_state_and_every_reason_can_be_published() -> None:
    for state in LegState:
        for reason in EndReason:
            written(msgspec.structs.replace(LEG, state=state, end_reason=reason))


def test_an_instant_is_rounded_to_the_millisecond() -> None:
    assert instant(SUNDAY_NOON_S + 0.0006) == "2026-11-22T12:00:00.001Z"
    assert instant(SUNDAY_NOON_S + 59.9999) == "2026-11-22T12:01:00.000Z"


def test_how_well_its_party_heard_is_said_when_a_leg_is_over() -> None:
    quality = records.Quality(packets=3000, lost_pct=0.5, jitter_ms=3, round_trip_ms=61.9, mos=4.3)
    over = msgspec.structs.replace(LEG, state=LegState.ENDED, ended_s=SUNDAY_NOON_S + 62)

    told = [
        record_of(
            leg,
            conversation_id=ConversationId("conversation-1"),
            direction="inbound",
            codec="PCMU",
            quality=quality,
        )
        for leg in (LEG, over)
    ]

    assert [(one.codec, one.quality) for one in told] == [("PCMU", None), ("PCMU", quality)]
    assert codec.decode(codec.encode(told[1], node="node1", at=instant(0))) == told[1]


def test_when_it_was_recorded_stands_there_and_what_goes_on_has_no_end() -> None:
    spans = (
        Recorded(from_s=SUNDAY_NOON_S + 2, to_s=SUNDAY_NOON_S + 3.5),
        Recorded(from_s=SUNDAY_NOON_S + 4),
    )
    record = written(msgspec.structs.replace(LEG, recorded=spans))

    assert msgspec.to_builtins(record)["recorded"] == (
        {"from": "2026-11-22T12:00:02.000Z", "to": "2026-11-22T12:00:03.500Z"},
        {"from": "2026-11-22T12:00:04.000Z"},
    )
