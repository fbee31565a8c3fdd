"""What can be wrong with something read from the bus.

::

    SwitchError
    └── MessageError
        ├── UnreadableMessageError   no JSON at all: torn, truncated, binary
        ├── ForeignMessageError      JSON, but no message of the kind expected
        ├── NewerVersionError        ours, of a format this release does not know
        ├── InvalidRecordError       ours, but a field is missing or wrong
        ├── InvalidCommandError      asks for nothing we know, or not in full
        └── TopicError               a topic we do not have, or a name no topic can hold

None of them repeats what a message says about a person, so all of them may be logged.
"""

from switch.errors import SwitchError


class MessageError(SwitchError):
    """A message from the bus that cannot be taken."""

    slug = "message"
    """One word for counters and logs."""

    def __init__(self, problem: str) -> None:
        """Keep what is wrong: never with the value itself, which may name a person."""
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        """Say what was wrong."""
        return self.problem


class UnreadableMessageError(MessageError):
    """The bytes are no JSON: the message was cut off or is no text."""

    slug = "unreadable"


class ForeignMessageError(MessageError):
    """The message is no CloudEvent of a type we know."""

    slug = "foreign"


class NewerVersionError(MessageError):
    """The message is one of ours, written by a later release in a format unknown here."""

    slug = "newer_version"


class InvalidRecordError(MessageError):
    """The message is of our type, but what it says about the leg cannot be right."""

    slug = "invalid"


class InvalidCommandError(MessageError):
    """The message asks for something, but a field is missing, wrong or unknown."""

    slug = "invalid_command"


class TopicError(MessageError):
    """The topic is none of ours, or a word cannot be a level of a topic."""

    slug = "topic"
