"""The coach's own errors: each message names the thing and says what to do next.

CoachError
├── SettingsError              a setting is unknown, wrong or not usable here
├── QuestionError              the question is empty, blank or too long
└── UnknownConversationError   no conversation of this owner has this id
"""

from __future__ import annotations


class CoachError(Exception):
    """Base of every error that the coach raises."""


class SettingsError(CoachError):
    """A setting is unknown, wrong or not usable here."""


class QuestionError(CoachError):
    """The question cannot be asked as it is."""


class UnknownConversationError(CoachError):
    """No conversation of this owner has this id."""
