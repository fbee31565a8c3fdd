import pytest

from switch.run.rtpengine import threads


@pytest.mark.parametrize(
    ("conversations", "cores", "wanted"),
    [(1, 2, 1), (40, 8, 1), (41, 8, 2), (150, 8, 4), (150, 2, 2), (1000, 1, 1)],
)
def test_as_many_threads_as_conversations_may_need_but_none_without_a_core(
    conversations: int, cores: int, wanted: int
) -> None:
    assert threads(conversations, cores) == wanted
