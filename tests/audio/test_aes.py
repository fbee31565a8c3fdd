from switch.audio.aes import Aes128


def test_the_example_of_the_standard_is_encrypted_as_it_says() -> None:
    key = bytes(range(16))
    block = bytes.fromhex("00112233445566778899aabbccddeeff")

    assert Aes128(key).encrypt(block).hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"


def test_another_well_known_block_is_encrypted_right() -> None:
    key = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
    counter = bytes.fromhex("f0f1f2f3f4f5f6f7f8f9fafbfcfd0000")

    assert Aes128(key).encrypt(counter).hex() == "e03ead0935c95e80e166b16dd92b4eb4"
