"""Makes a scenario of a cell of the matrix: who plays what, and what must come of it. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from switch.demo.scenario import ExpectedThread, PartyPlan, Scenario
from tests.scenarios.matrix import LEAVINGS, Cell

Row = dict[str, Any]

TALK_MS: Final = 1000
TALK_S: Final = TALK_MS / 1000
RING_MS: Final = 200
PATIENT_MS: Final = 2500
"""Who hangs up so long after he was told is a person, not a phone."""
LEFT_OUT: Final = "fresno"
TALKS, DECLINES, IGNORES, TRANSFERS = 1, 2, 3, 4  # ``back`` of transferor_is_called_back.xml
RECALLS: Final = 2
FALLBACK: Final = "olympia"
"""Alice's own territory; bob is its other member."""
FALLBACK_EXTENSION: Final = "813"
TARGET_EXTENSION: Final = "814"


def scenario_of(cell: Cell) -> Scenario:
    """Return what is played for a cell, and expected."""
    return Scenario(
        folder=Path("matrix") / cell.name,
        summary=(
            f"alice's transfer ({cell.target_word}) fails: {cell.failure_word}; "
            f"she {cell.leaving}, and then: {cell.choice}."
        ),
        party=[
            _customer(cell),
            _alice(cell),
            *_targets(cell),
            *([_bob(cell)] if _has_bob(cell) else []),
            *([_desk(cell)] if _is_named_by_command(cell) else []),
        ],
        thread=_thread(cell),
        frees_everybody=True,
    )


def _is_named_by_command(cell: Cell) -> bool:
    return not cell.stayed and cell.choice.startswith("another") and cell.is_commanded


def _is_transferred_again(cell: Cell) -> bool:
    return cell.choice.startswith("another") and not _is_named_by_command(cell)


def _falls_back(cell: Cell) -> bool:
    return cell.choice == "nothing" and not cell.stayed


def _has_bob(cell: Cell) -> bool:
    return cell.choice.startswith("another") or (_falls_back(cell) and cell.is_taken)


def _another(cell: Cell) -> str:
    """Return whom she names then.

    Where saul has declined, or was busy, arizona does not ring him again: he is its member too.
    """
    if cell.choice == "another rep":
        return "bob"
    return "arizona" if cell.failure_word in {"decline", "busy"} else FALLBACK


# ---------------------------------------------------------------- who plays


def _customer(cell: Cell) -> PartyPlan:
    if (cell.choice == "nothing") and not (_falls_back(cell) and cell.is_taken):
        plays, cue = "customer_stays", ""
    elif _has_bob(cell):
        plays, cue = "customer_is_prompted", "bob: ACK"
    elif cell.stayed:
        plays, cue = "customer_is_prompted", "alice: NOTIFY 'terminated;'"
    else:
        plays, cue = "customer_is_prompted", "alice: 2x ACK"
    return PartyPlan(
        name="customer",
        side="trunk",
        dials="alice",
        plays=plays,
        hangs_up_after=cue,
        hangs_up_after_s=TALK_S if cue else 0.0,
        hears=_heard_by_customer(cell),
    )


def _heard_by_customer(cell: Cell) -> list[str]:
    # What fails at once may leave no time for music, or for alice, before the next.
    music = ["music"] if cell.failure.rings else ["music?"]
    if cell.stayed:
        then = ["alice?", "music", "bob"] if _has_bob(cell) else ["alice"]
        return ["alice", *music, *then]
    if not cell.failure.rings:
        music = ["music?", "alice?", "music"]
    if cell.choice == "resume":
        then = ["alice"]
    elif _is_transferred_again(cell):
        then = ["alice", "music", "bob"]
    else:
        then = ["bob"] if _has_bob(cell) else ["noise"]  # the goodbye: tones of nobody
    return ["alice", *music, *then]


def _alice(cell: Cell) -> PartyPlan:
    again = _is_transferred_again(cell)
    key = {"refer_to": f"Refer-To: <sip:{cell.target.dialled}@{{domain}}>"}
    if again or cell.stayed:
        key["refer_to_2"] = f"Refer-To: <sip:{_another(cell)}@{{domain}}>" if again else "X-None: 0"
    if cell.stayed:
        ringing = [180] if cell.failure.rings else []
        return PartyPlan(
            name="alice",
            plays="transferor_chooses",
            set={
                "ring_ms": RING_MS,
                "talk_ms": TALK_MS,
                "transfers": 2 if again else 1,
                "back_ms": PATIENT_MS if cell.choice == "nothing" else 0,
            },
            key=key,
            hears=["customer"],
            gets={"REFER": 202},
            is_called=1,
            is_notified=[100, *ringing, cell.failure.status, *([100, 180, 200] if again else [])],
        )
    key.setdefault("refer_to_2", "X-None: 0")
    return PartyPlan(
        name="alice",
        plays="transferor_is_called_back",
        set={
            "ring_ms": RING_MS,
            "talk_ms": TALK_MS,
            "leaves": LEAVINGS[cell.leaving],
            "back": _back(cell),
        },
        key=key,
        overlooks=cell.leaving == "left right behind the REFER",  # a 202 before SIPp's BYE
        takes=1 + len(_recalls(cell)),
        hears=["customer"],
        is_called=1 + len(_recalls(cell)),
        shows=["Customer", *[_shown(cell)] * len(_recalls(cell))],
        is_notified=_notified_who_left(cell),
    )


def _notified_who_left(cell: Cell) -> list[int] | None:
    """Return what her phone is told, if it was told anything before it hung up for certain."""
    if cell.leaving != "left while ringing":
        return None
    return [100, 180, *([100, 180, 200] if _is_transferred_again(cell) else [])]


def _back(cell: Cell) -> int:
    """Return what she does when she is called back."""
    if cell.choice == "resume":
        return TALKS
    if _is_transferred_again(cell):
        return TRANSFERS
    return IGNORES if _is_named_by_command(cell) or cell.is_ignored else DECLINES


def _shown(cell: Cell) -> str:
    return f"{cell.target.dialled} {cell.failure.shown}: {{contact}}"


def _targets(cell: Cell) -> list[PartyPlan]:
    """Return the phones that ring, and do not take the call."""
    if not cell.failure.rings:
        return []
    is_outside = cell.target.kind == "outside"
    answer = cell.failure.answer
    return [
        PartyPlan(
            name=name,
            side="trunk" if is_outside else "rep",
            trunk=name,
            plays=_refusing(name) if answer else "rings",
            # A trunk that answers 5xx is asked now and then whether it is back.
            takes=0 if name == LEFT_OUT else 1,
            set=_refusal(name, answer) if answer else {},
            is_called=1,
            sees=None if is_outside else "customer",
        )
        for name in cell.target.phones
    ]


def _refusal(name: str, status: int) -> dict[str, int]:
    said = {} if name == LEFT_OUT else {"status": status}
    return {"ring_ms": RING_MS, **said}


def _refusing(name: str) -> str:
    return "provider_is_in_trouble" if name == LEFT_OUT else "refuses"


def _bob(cell: Cell) -> PartyPlan:
    return PartyPlan(
        name="bob",
        plays="answers",
        set={"ring_ms": RING_MS},
        hears=["customer"],
        is_called=1,
        sees="customer",
        shows=["Customer"],
    )


def _desk(cell: Cell) -> PartyPlan:
    return PartyPlan(
        name="desk",
        side="desk",
        after="alice: 2x 180 INVITE",
        asks=f"transfer {_another(cell)}",
    )


# ---------------------------------------------------------------- what must come of it


def _thread(cell: Cell) -> ExpectedThread:
    released = _falls_back(cell) and not cell.is_taken
    reason = "transfer_failed" if released else "completed"
    return ExpectedThread(
        direction="inbound",
        legs=[{"role": "customer", "end_reason": reason}, *_rows(cell)],
        transfers=_transfers(cell),
        recalls=_recalls(cell),
        fallbacks=_fallbacks(cell),
    )


def _rows(cell: Cell) -> list[Row]:
    """Return the rows of those who talked with the customer."""
    keeps = cell.stayed and not _has_bob(cell)
    rows: list[Row] = [
        {
            "rep": "alice",
            "why": "call",
            "end_reason": "completed" if keeps else "transferred",
            "attempts": _attempts(cell),
        }
    ]
    if not cell.stayed and _back(cell) in {TALKS, TRANSFERS}:
        end = "completed" if cell.choice == "resume" else "transferred"
        rows.append({"rep": "alice", "why": "recall", "end_reason": end, "attempts": []})
    if _has_bob(cell):
        why = "fallback" if cell.choice == "nothing" else "transfer"
        hunted = cell.choice != "another rep"
        attempts = [{"rep": "bob", "outcome": "answered"}] if hunted else []
        rows.append({"rep": "bob", "why": why, "end_reason": "completed", "attempts": attempts})
    return rows


def _attempts(cell: Cell) -> list[Row]:
    """Return who was called in vain because of alice's first call."""
    target, outcome = cell.target, cell.failure.outcome
    attempts: list[Row]
    if target.kind == "territory" and cell.failure.rings:
        tried = cell.failure.tried or outcome
        attempts = [{"rep": name, "outcome": tried} for name in target.phones]
    elif target.kind == "rep":
        attempts = [{"rep": target.dialled, "outcome": outcome}]
    else:
        # Of a territory without anybody it says the extension.
        number = TARGET_EXTENSION if target.kind == "territory" else target.dialled
        attempts = [{"rep": None, "number": number, "outcome": outcome}]
    attempts += [
        {"rep": "alice", "outcome": one["outcome"]}
        for one in _recalls(cell)
        if one["outcome"] != "resumed"
    ]
    if _falls_back(cell) and not cell.is_taken:
        attempts.append({"rep": None, "number": FALLBACK_EXTENSION, "outcome": "unreachable"})
    return attempts


def _transfers(cell: Cell) -> list[Row]:
    target = cell.target
    transfers = [
        {
            "from": "alice",
            "to": target.dialled,
            "kind": target.kind,
            "outcome": cell.failure.outcome,
        }
    ]
    if cell.choice.startswith("another"):
        to = _another(cell)
        kind = "rep" if cell.choice == "another rep" else "territory"
        transfers.append({"from": "alice", "to": to, "kind": kind, "outcome": "answered"})
    return transfers


def _recalls(cell: Cell) -> list[Row]:
    if cell.stayed:
        return []
    if _back(cell) in {TALKS, TRANSFERS}:
        outcomes = ["resumed"]
    elif _is_named_by_command(cell):
        outcomes = ["cancelled"]
    else:
        outcomes = ["no_answer" if cell.is_ignored else "declined"] * RECALLS
    return [{"to": "alice", "outcome": outcome} for outcome in outcomes]


def _fallbacks(cell: Cell) -> list[Row]:
    if not _falls_back(cell):
        return []
    outcome = "answered" if cell.is_taken else "unreachable"
    return [{"from": "alice", "to": FALLBACK, "kind": "territory", "outcome": outcome}]
