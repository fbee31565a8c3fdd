import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.records import topics
from switch.records.errors import TopicError
from switch.records.topics import ChoiceTopic, LegTopic, PresenceTopic, StatusTopic


def test_topics_are_as_the_interface_says() -> None:
    assert topics.leg("c1", "l1") == "softswitch/v1/leg/c1/l1"
    assert topics.presence("alice") == "softswitch/v1/presence/alice"
    assert topics.status("node1") == "softswitch/v1/node/node1/status"
    assert topics.security("node1") == "softswitch/v1/node/node1/security"
    assert topics.choice("c1") == "softswitch/v1/choice/c1"
    assert topics.COMMAND == "softswitch/v1/command"
    assert topics.answer("a1") == "softswitch/v1/answer/a1"


def test_a_built_topic_is_read_back() -> None:
    assert topics.parse(topics.leg("c1", "l1")) == LegTopic(conversation_id="c1", leg_id="l1")
    assert topics.parse(topics.presence("alice")) == PresenceTopic(rep="alice")
    assert topics.parse(topics.choice("c1")) == ChoiceTopic(conversation_id="c1")
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
        "softswitch/v1/choice/",
        "softswitch/v1/command",
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
        topics.choice,
        topics.answer,
        lambda w: topics.leg("c", w),
    ):
        with pytest.raises(TopicError):
            build(word)


@pytest.mark.parametrize("topic", ["softswitch/v1/answer/a1", "my/app/answers", "x", "é/ü"])
def test_who_asks_may_be_answered_where_he_likes(topic: str) -> None:
    assert topics.may_be_answered(topic)


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "softswitch",
        "softswitch/v1/command",
        "softswitch/v1/answer",
        "softswitch/v1/presence/alice",
        "softswitch/v2/answer/a1",
        "$SYS/broker",
        "a/+/b",
        "softswitch/v1/answer/#",
        "a\0",
        "a" * 257,
    ],
)
def test_but_never_where_records_are_nor_where_no_topic_is(topic: str) -> None:
    assert not topics.may_be_answered(topic)


@given(st.text())
def test_any_text_is_a_topic_of_ours_or_a_typed_error(text: str) -> None:
    with pytest.raises(TopicError):
        topics.parse(text)


def test_a_node_is_told_of_what_is_stored_at_a_topic_of_its_own() -> None:
    topic = topics.stored("node1")

    assert topic == "softswitch/v1/stored/node1"
    assert topics.is_stored(topic)


@pytest.mark.parametrize(
    "topic",
    [
        "",
        topics.MISSED,
        f"{topics.MISSED}/",
        f"{topics.MISSED}/+",
        f"{topics.MISSED}/#",
        f"{topics.MISSED}/a/b",
        f"{topics.MISSED}/a\0",
        "softswitch/v1/command",
    ],
)
def test_no_other_is_one_of_them(topic: str) -> None:
    assert not topics.is_stored(topic)


def test_a_topic_of_a_leg_is_known() -> None:
    assert topics.is_leg(topics.leg("c", "l"))
    assert not topics.is_leg(topics.security("node1"))
