from switch.audio import rtp
from switch.audio.srtp import MASTER_BYTES, Srtp

_MASTER = bytes(range(MASTER_BYTES))


def _packet(sequence: int) -> bytes:
    return rtp.encode(
        rtp.RtpPacket(
            payload_type=0, sequence=sequence, timestamp=0, source=42, payload=b"sound" * 32
        )
    )


def test_keys_are_derived_as_rfc_3711_shows_in_its_appendix() -> None:
    master = bytes.fromhex("e1f97a0d3e018be0d64fa32c06de4139" + "0ec675ad498afeebb6960b3aabe6")

    stream = Srtp(master)

    assert stream._auth.hex() == "cebe321f6ff7716b6fd4ab49af256a156d38baa4"
    assert (stream._salt >> 16).to_bytes(14).hex() == "30cbbc08863d8c85d49db34a9ae1"


def test_what_one_side_protects_the_other_opens_also_when_the_numbers_come_round() -> None:
    sender, receiver = Srtp(_MASTER), Srtp(_MASTER)

    for sequence in (65534, 65535, 65536, 65537):
        plain = _packet(sequence)
        sealed = sender.protect(plain)

        assert sealed != plain
        assert sealed[:12] == plain[:12]
        assert receiver.open(sealed) == plain


def test_a_packet_of_another_key_or_no_packet_is_none() -> None:
    sealed = Srtp(_MASTER).protect(_packet(1))

    assert Srtp(bytes(MASTER_BYTES)).open(sealed) is None
    assert Srtp(_MASTER).open(sealed[:-1] + b"\0") is None
    assert Srtp(_MASTER).open(b"short") is None
