"""The life of one transfer: every cell, and what holds in all of them."""

from __future__ import annotations

from itertools import product

import pytest

from switch.call import transfer as transfers
from switch.call.ids import LegId
from switch.call.transfer import IGNORED, TRANSITIONS, Transfer, TransferInput, TransferState

CELLS = list(product(TransferState, TransferInput))
FINAL = [TransferState.ANSWERED, TransferState.FAILED, TransferState.ABANDONED]


def a_transfer(state: TransferState = TransferState.CALLING) -> Transfer:
    return Transfer(
        refer_id="1",
        transferor=LegId("c1-2"),
        transferee=LegId("c1-1"),
        target=LegId("c1-3"),
        notifies=True,
        state=state,
    )


def test_every_cell_is_decided_once() -> None:
    assert set(TRANSITIONS) | set(IGNORED) == set(CELLS)
    assert set(TRANSITIONS) & set(IGNORED) == set()


@pytest.mark.parametrize(("state", "happened"), CELLS)
def test_a_cell_moves_the_transfer_or_leaves_it_as_it_is(
    state: TransferState, happened: TransferInput
) -> None:
    before = a_transfer(state)

    after = transfers.apply(before, happened)

    if (state, happened) in IGNORED:
        assert after is before
        assert IGNORED[state, happened]
    else:
        assert after.state is TRANSITIONS[state, happened]


@pytest.mark.parametrize("state", TransferState)
def test_a_transfer_that_is_over_stays_so(state: TransferState) -> None:
    assert a_transfer(state).is_under_way is (state not in FINAL)
    if state in FINAL:
        assert all((state, happened) in IGNORED for happened in TransferInput)


@pytest.mark.parametrize("state", [TransferState.CALLING, TransferState.RINGING])
def test_a_transferor_who_left_cancels_nothing(state: TransferState) -> None:
    after = transfers.apply(a_transfer(state), TransferInput.TRANSFEROR_LEFT)

    assert after.state is state
    assert not after.transferor_present


@pytest.mark.parametrize("happened", [one for one in TransferInput if "transferor" not in one])
def test_nothing_brings_back_a_transferor_who_left(happened: TransferInput) -> None:
    left = transfers.apply(a_transfer(), TransferInput.TRANSFEROR_LEFT)

    assert not transfers.apply(left, happened).transferor_present
    assert transfers.apply(a_transfer(), happened).transferor_present
