from switch.errors import SwitchError
from switch.records.errors import MessageError, TopicError


def test_an_error_says_its_problem_and_has_its_own_word_for_counters() -> None:
    kinds = MessageError.__subclasses__()

    assert str(TopicError("too long")) == "too long"
    assert len({kind.slug for kind in kinds}) == len(kinds)
    assert issubclass(MessageError, SwitchError)
