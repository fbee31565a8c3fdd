import msgspec
import pytest

from switch.records.leg import LegRecord
from tests.records.samples import customer


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        customer().revision = 2  # type: ignore[misc]


def test_every_field_is_published_also_when_it_is_none() -> None:
    assert set(msgspec.to_builtins(customer())) == set(LegRecord.__struct_fields__)
