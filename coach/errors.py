"""The coach's own errors: each message names the thing and says what to do next.

CoachError
├── SettingsError              a setting is unknown, wrong or not usable here
├── QuestionError              the question is empty, blank or too long
├── StoppedError               nobody waits for this answer any longer
├── UnknownConversationError   no conversation of this owner has this id
├── KeyNameError               a key needs a name
├── UnknownKeyError            no key has this id
├── UnknownTurnError           no turn of this owner has this id
├── FeedbackError              this cannot be rated
├── TitleError                 a conversation cannot be called that
├── UploadError                what was sent cannot be taken into the library as it is
│   └── UploadTooLargeError    more was sent than is taken in at a time
├── UnknownJobError            no job has this id
├── FoundingSourceError        a founding source was to be deleted
├── WithdrawnError             what an answer cites has just left the library
├── BackupError                a backup cannot be written, read or restored
├── ModelError                 the chat model could not be used; the coach answers without it
└── LibraryError               the library could not be brought in step
"""

from __future__ import annotations


class CoachError(Exception):
    """Base of every error that the coach raises."""


class SettingsError(CoachError):
    """A setting is unknown, wrong or not usable here."""


class QuestionError(CoachError):
    """The question cannot be asked as it is."""


class StoppedError(CoachError):
    """Nobody waits for this answer any longer."""


class UnknownConversationError(CoachError):
    """No conversation of this owner has this id."""


class KeyNameError(CoachError):
    """A key cannot be called what was asked for."""


class UnknownKeyError(CoachError):
    """No key has this id."""


class UnknownTurnError(CoachError):
    """No turn in a conversation of this owner has this id."""


class FeedbackError(CoachError):
    """What was to be rated cannot be."""


class TitleError(CoachError):
    """A conversation cannot be called what was asked for."""


class UploadError(CoachError):
    """What was sent cannot be taken into the library as it is."""


class UploadTooLargeError(UploadError):
    """More was sent than is taken in at a time."""


class UnknownJobError(CoachError):
    """No job has this id."""


class FoundingSourceError(CoachError):
    """Founding sources belong to the release and are not deleted one by one."""


class WithdrawnError(CoachError):
    """What an answer cites left the library while it was being written."""


class LibraryError(CoachError):
    """The library could not be brought in step with what was stored."""


class BackupError(CoachError):
    """A backup cannot be written, read or restored as it is."""


class ModelError(CoachError):
    """The chat model could not be used for what was asked of it; it is counted under `reason`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
