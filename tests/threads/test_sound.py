import msgspec
import pytest

from switch.records.leg import LegRecord, Quality
from switch.threads.sound import is_bad
from switch.threads.text import as_text, describe
from switch.threads.thread import fold
from switch.threads.view import ThreadView, view
from tests.records.samples import story

GOOD = Quality(packets=3000, lost_pct=0.0, jitter_ms=3.2, round_trip_ms=61.9, mos=4.4)


def heard(*qualities: Quality | None) -> ThreadView:
    """Return a thread whose legs were heard so, in the order of their ids."""
    newest: dict[str, LegRecord] = {record.leg_id: record for record in story()}
    pairs = zip(sorted(newest), qualities, strict=False)
    known = [
        msgspec.structs.replace(
            newest[leg_id], revision=newest[leg_id].revision + 1, codec="PCMU", quality=quality
        )
        for leg_id, quality in pairs
    ]
    return view(fold([*story(), *known]))


def changed(**figures: float | None) -> Quality:
    return msgspec.structs.replace(GOOD, **figures)


@pytest.mark.parametrize(
    "quality",
    [None, GOOD, Quality(packets=3000), changed(mos=3.5, lost_pct=3.0), changed(mos=None)],
)
def test_what_sounded_well_or_is_not_known_is_not_bad(quality: Quality | None) -> None:
    assert not is_bad(heard(GOOD, quality))


@pytest.mark.parametrize("quality", [changed(mos=3.4), changed(lost_pct=3.1, mos=None)])
def test_one_who_has_heard_badly_is_enough(quality: Quality) -> None:
    assert is_bad(heard(GOOD, quality))


def test_a_thread_says_how_well_each_has_heard() -> None:
    text = as_text(describe(heard(GOOD, changed(mos=None, round_trip_ms=None), Quality(packets=1))))

    assert (
        """
  heard by                 codec  MOS  lost   jitter  round trip
  +14805550123 (Jane Doe)  PCMU   4.4  0.0 %  3.2 ms  61.9 ms
  alice                    PCMU   –    0.0 %  3.2 ms  –

"""
        in text
    )


def test_a_thread_of_which_nothing_is_known_says_nothing_of_it() -> None:
    assert "heard by" not in as_text(describe(heard(Quality(packets=1))))


def test_a_codec_that_is_not_known_is_none() -> None:
    records = [msgspec.structs.replace(one, quality=GOOD) for one in story()]

    assert "  –      4.4  " in as_text(describe(view(fold(records))))
