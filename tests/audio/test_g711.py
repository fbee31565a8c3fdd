from hypothesis import given
from hypothesis import strategies as st

from switch.audio import g711


def test_every_byte_but_the_second_zero_survives_decoding_and_encoding() -> None:
    codes = bytes(code for code in range(256) if code != 0x7F)  # 0x7F is minus zero

    assert g711.encode(g711.decode(codes)) == codes


def test_silence_is_the_byte_the_standard_says() -> None:
    assert g711.encode([0]) == b"\xff"


def test_what_is_too_loud_is_clipped() -> None:
    assert g711.encode([32767, -32768]) == g711.encode([32635, -32635]) == b"\x80\x00"


@given(st.integers(-32635, 32635))
def test_a_sample_comes_back_with_an_error_of_a_few_percent(sample: int) -> None:
    [decoded] = g711.decode(g711.encode([sample]))

    assert abs(decoded - sample) <= max(8, abs(sample) / 16)
