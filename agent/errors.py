"""The errors this project raises.

AgentError
├── SettingsError        a setting is missing or malformed; lists every one at once
├── StoreError           the database of the settings cannot be used
├── TwilioApiError       an API of Twilio's (or the ticket webhook) answered with an error, or not
│   └── AnswerError      what was answered is not as documented
├── ModelError           the language model failed, was too slow, or broke off
├── ToolError            a tool could not do what it was asked; its words are for the model
├── VisitorError         somebody asks for the web chat as a visitor they are not
└── HandoffError         a handoff cannot be made as asked
"""

from __future__ import annotations


class AgentError(Exception):
    """Base of all errors of this project."""


class SettingsError(AgentError):
    """One or more settings are missing or malformed. The message lists all of them."""


class StoreError(AgentError):
    """The database of the settings cannot be used; the message says why, and what to look at."""


class TwilioApiError(AgentError):
    """A call to a Twilio API failed.

    `status` is the HTTP status (None when no answer came), `code` Twilio's error code
    (https://www.twilio.com/docs/api/errors) if one was given, `was_sent` whether the request may
    have arrived, `retry_after` how many seconds Twilio asks to wait.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: int | None = None,
        was_sent: bool = True,
        retry_after: float = 0,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.was_sent = was_sent
        self.retry_after = retry_after

    @property
    def is_lost(self) -> bool:
        """Whether the request may have had its effect, unheard of."""
        return self.status is None and self.was_sent

    @property
    def may_have_worked(self) -> bool:
        """Whether the request may have had its effect, whatever was answered."""
        return self.is_lost or (self.status or 0) >= 500

    @property
    def may_pass(self) -> bool:
        """Whether trying again can help; after a lost answer it is done with a look first."""
        return self.status is None or self.status == 429 or self.status >= 500


class AnswerError(TwilioApiError):
    """A success was answered that cannot be read, as the page of a proxy; what was being done may
    have been done."""


class ModelError(AgentError):
    """The language model gave no usable answer."""


class ToolError(AgentError):
    """A tool failed; the message is told to the model in words."""


class VisitorError(AgentError):
    """An identity in the web chat is not the asker's; the message may be told to them."""


class HandoffError(AgentError):
    """A handoff cannot be made as asked."""
