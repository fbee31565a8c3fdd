"""Reps, territories and numbers are plain values."""

from __future__ import annotations

import dataclasses

import pytest

from dialplan import Did, Rep, Territory


@pytest.mark.parametrize(
    "entry",
    [
        Rep(name="alice", extension="101", display_name="Alice Moreno"),
        Territory(name="seattle", extension="801", members=("alice",)),
        Did(number="+14805550100", rep="alice"),
    ],
)
def test_an_entry_never_changes_and_can_be_kept_in_a_set(entry: Rep | Territory | Did) -> None:
    first = dataclasses.fields(entry)[0].name

    assert hash(entry) == hash(dataclasses.replace(entry))
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(entry, first, "other")
