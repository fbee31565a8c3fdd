"""What a scenario expects, held against what its parties saw and heard, and the thread."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, product
from typing import Any

from switch.audio.tones import tone_name
from switch.demo.party import Party
from switch.demo.scenario import ExpectedThread, PartyPlan
from switch.demo.trace import Message

_PROVISIONAL_AFTER_TRYING = range(101, 200)
_FIRST_FINAL = 200
_SAME_INSTANT_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Is one thing that was looked at."""

    what: str
    """What was looked at, in words: "saul hears"."""
    expected: str
    got: str
    ok: bool

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.what}: expected {self.expected}, got {self.got}"


def _same(what: str, expected: object, got: object) -> Check:
    return Check(what=what, expected=_words(expected), got=_words(got), ok=expected == got)


def _words(thing: object) -> str:
    if isinstance(thing, list):
        return " → ".join(map(str, thing)) or "nothing"
    return "none" if thing is None else str(thing)


def heard_by(party: Party, parties: Mapping[str, Party], **span: float) -> list[str]:
    """Return what a party heard, one after the other: names of parties, and "music"."""
    if party.voice is None:
        return []
    names = {
        tone_name(other.voice.tone_hz): other.name
        for other in parties.values()
        if other.voice is not None
    }
    return [names.get(sound, sound) for sound in party.voice.heard.order(**span)]


def notified_statuses(messages: Sequence[Message]) -> list[int]:
    """Return the statuses that NOTIFYs reported, repetitions of a message left out."""
    seen = {}
    for message in messages:
        if message.is_request and message.method == "NOTIFY" and not message.is_sent:
            told = re.match(r"SIP/2\.0 (\d{3})", message.body)
            seen[message.call_id, message.cseq] = int(told[1]) if told else 0
    return list(seen.values())


def final_status(messages: Sequence[Message], method: str) -> int | None:
    """Return the last final status that a request sent by a party got."""
    statuses = [
        message.status
        for message in messages
        if not message.is_sent
        and message.method == method
        and message.status is not None
        and message.status >= _FIRST_FINAL
    ]
    return statuses[-1] if statuses else None


def _new_requests(messages: Sequence[Message], method: str) -> list[Message]:
    """Return the requests of a method that came; of INVITEs those that begin a call."""
    return [
        message
        for message in messages
        if message.is_request
        and message.method == method
        and not message.is_sent
        and not (method == "INVITE" and "tag=" in message.header("To"))
    ]


def _callers(messages: Sequence[Message]) -> dict[str, str]:
    """Return who calls, according to its From, by the Call-ID of each call that came."""
    users = {
        invite.call_id: re.search(r"sips?:([^@;>]+)@", invite.header("From"))
        for invite in _new_requests(messages, "INVITE")
    }
    return {call_id: found[1] if found else "nobody" for call_id, found in users.items()}


def _from_users(messages: Sequence[Message]) -> list[str]:
    return sorted(set(_callers(messages).values()))


def _shown(messages: Sequence[Message]) -> list[str]:
    """Return the display names of the calls that came, one after the other."""
    names: dict[str, str] = {}
    for invite in _new_requests(messages, "INVITE"):
        names.setdefault(invite.call_id, display_name(invite.header("From")))
    return list(names.values())


def display_name(header: str) -> str:
    """Return the display name of a From or To; empty if it has none."""
    found = re.match(r'\s*(?:"([^"]*)"|([^<"]*?))\s*<', header)
    return "" if found is None else found[1] or found[2] or ""


def _answered_at(messages: Sequence[Message]) -> float:
    return next(
        (m.at_s for m in messages if m.status == _FIRST_FINAL and m.method == "INVITE"),
        float("-inf"),
    )


def check_party(
    plan: PartyPlan, party: Party, parties: Mapping[str, Party], *, known: Mapping[str, str]
) -> Iterator[Check]:
    """Compare what a party must see and hear with what he did.

    Args:
        plan: what he must see and hear.
        party: what he did.
        parties: everybody, by name.
        known: what stands for a name in braces: ``contact`` (the customer's number), ``main``
            (the switch's own) and ``domain``.
    """
    messages = party.messages
    if plan.hears is not None:
        heard = heard_by(party, parties)
        may_be = next((order for order in _orders(plan.hears) if order == heard), plan.hears)
        yield _same(f"{plan.name} hears", may_be, heard)
    if plan.hears_before_answer:
        early = heard_by(party, parties, to_s=_answered_at(messages))
        yield _same(f"{plan.name} hears before the answer", plan.hears_before_answer, early)
    if plan.sees is not None:
        caller = known["contact"] if plan.sees == "customer" else plan.sees
        yield _same(f"{plan.name} sees the call of", [caller], _from_users(messages))
    if plan.shows is not None:
        shown = [text.format(**known) for text in plan.shows]
        yield _same(f"{plan.name}'s phone shows", shown, _shown(messages))
    for method, status in plan.gets.items():
        yield _same(f"{plan.name}'s {method} gets", status, final_status(messages, method))
    if plan.is_notified is not None:
        got = notified_statuses(messages)
        if not any(status in _PROVISIONAL_AFTER_TRYING for status in plan.is_notified):
            got = [status for status in got if status not in _PROVISIONAL_AFTER_TRYING]
        yield _same(f"{plan.name} is notified of", plan.is_notified, got)
    for method, patterns in plan.receives.items():
        yield from _check_requests(f"{plan.name}'s {method}", method, messages, patterns, known)
    if plan.never_receives is not None:
        never = _filled(plan.never_receives, known)
        found = [
            line
            for message in messages
            if not message.is_sent
            for line in message.text.splitlines()
            if re.search(never, line)
        ]
        yield _same(f"{plan.name} receives of {never!r}", [], found)
    if plan.is_called is not None:
        yield _same(f"calls that reach {plan.name}", plan.is_called, len(_callers(messages)))
    if plan.takes == 0 and plan.dials is None and plan.is_called is None:
        yield _same(f"{plan.name} is called by", [], _from_users(messages))


def _orders(hears: Sequence[str]) -> Iterator[list[str]]:
    """Yield what may be heard, with and without what may be missing ("music?").

    Who is heard before and after what is missing is heard once.
    """
    choices = [(one[:-1], None) if one.endswith("?") else (one,) for one in hears]
    for chosen in product(*choices):
        yield [one for one, _ in groupby(one for one in chosen if one is not None)]


def _filled(pattern: str, known: Mapping[str, str]) -> str:
    """Return a pattern with what is known put in the place of its name in braces."""
    for name, text in known.items():
        pattern = pattern.replace(f"{{{name}}}", re.escape(text))
    return pattern


def _check_requests(
    what: str,
    method: str,
    messages: Sequence[Message],
    patterns: Sequence[str],
    known: Mapping[str, str],
) -> Iterator[Check]:
    """Look whether each request of a method has a line for each pattern."""
    requests = _new_requests(messages, method)
    yield Check(what=what, expected="comes", got=f"{len(requests)} came", ok=bool(requests))
    for pattern in (_filled(pattern, known) for pattern in patterns):
        lacking = [
            message
            for message in requests
            if not any(re.fullmatch(pattern, line) for line in message.text.splitlines())
        ]
        got = f"lacking in:\n{lacking[0].text}" if lacking else "in all"
        yield Check(what=what, expected=pattern, got=got, ok=not lacking)


def check_thread(expected: ExpectedThread, thread: Mapping[str, Any]) -> Iterator[Check]:
    """Compare a thread with what a scenario expects, and with what holds for every thread."""
    if expected.direction is not None:
        yield _same("the thread's direction", expected.direction, thread.get("direction"))
    legs = thread["legs"]
    yield from _check_rows("leg", expected.legs, legs)
    yield from _check_rows("transfer", expected.transfers, thread["transfers"])
    if expected.recalls is not None:
        yield from _check_rows("recall", expected.recalls, thread["recalls"])
    if expected.fallbacks is not None:
        yield from _check_rows("fallback", expected.fallbacks, thread["fallbacks"])
    yield _same("legs that have not ended", [], [_who(leg) for leg in legs if not leg["ended_at"]])
    talk = {
        is_customer: sum(
            leg["talk_s"] for leg in legs if (leg["role"] == "customer") is is_customer
        )
        for is_customer in (True, False)
    }
    if thread.get("contact"):
        yield Check(
            what="the others' talk, as long as the customer's",
            expected=f"{talk[True]:.3f} s",
            got=f"{talk[False]:.3f} s",
            ok=abs(talk[True] - talk[False]) < _SAME_INSTANT_S,
        )


def _who(row: Mapping[str, Any]) -> str:
    return str(row.get("rep") or row.get("role") or row.get("number"))


def _check_rows(
    kind: str, expected: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]
) -> Iterator[Check]:
    """Compare rows of a thread, of each only the keys that are expected."""
    said = [
        {key: _only(row.get(key), value) for key, value in want.items()}
        for want, row in zip(expected, rows, strict=False)
    ]
    for number, (want, got) in enumerate(zip(expected, said, strict=False), start=1):
        for key, value in want.items():
            yield _same(f"{kind} {number}: {key}", value, got[key])
    yield _same(f"number of {kind}s", len(expected), len(rows))


def _only(got: Any, want: Any) -> Any:
    """Return of nested tables (attempts) only the keys that are expected."""
    if isinstance(want, list) and isinstance(got, list | tuple) and len(want) == len(got):
        return [_only(inner, model) for inner, model in zip(got, want, strict=True)]
    if isinstance(want, dict) and isinstance(got, dict):
        return {key: got.get(key) for key in want}
    return got
