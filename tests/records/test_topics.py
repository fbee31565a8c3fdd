import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.records import topics
from switch.records.errors import TopicError
from switch.records.topics import LegTopic, PresenceTopic, StatusTopic


def test_topics_are_as_the_interface_says() -> None:
    assert topics.leg("c1", "l1") == "softswitch/v1/leg/c1/l1"
    assert topics.presence("alice") == "softswitch/v1/presence/alice"
    assert topics.status("node1") == "softswitch/v1/node/node1/status"
    assert topics.security("node1") == "softswitch/v1/node/node1/security"


def test_a_built_topic_is_read_back() -> None:
    assert topics.parse(topics.leg("c1", "l1")) == LegTopic(conversation_id="c1", leg_id="l1")
    assert topics.parse(topics.presence("alice")) == PresenceTopic(rep="alice")
    assert topics.parse(topics.status("node1")) == StatusTopic(node="node1")


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "softswitch",
        "softswitch/v1/leg/c1",
        "softswitch/v1/leg//l1",
        "softswitch/v1/leg/c1/l1/answered",
        "softswitch/v2/leg/c1/l1",
        "softswitch/v1/presence/",
        "softswitch/v1/node//status",
        "/softswitch/v1/presence/alice",
        "softswitch/v1/node/node1/security",
    ],
)
def test_another_topic_is_refused(topic: str) -> None:
    with pytest.raises(TopicError):
        topics.parse(topic)


@pytest.mark.parametrize("word", ["", "a/b", "+", "#", "a\0"])
def test_a_word_that_no_level_can_hold_is_refused(word: str) -> None:
    for build in (
        topics.presence,
        topics.status,
        topics.security,
        lambda w: topics.leg("c", w),
    ):
        with pytest.raises(TopicError):
            build(word)


@given(st.text())
def test_any_text_is_a_topic_of_ours_or_a_typed_error(text: str) -> None:
    with pytest.raises(TopicError):
        topics.parse(text)
