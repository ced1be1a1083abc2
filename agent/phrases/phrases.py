"""What there is to be said without the model, in one language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Calendar:
    """How a time to come is named: by `{clock}`, further off by `{weekday}`, `{day}`, `{month}`."""

    weekdays: tuple[str, ...]
    """Monday first."""
    months: tuple[str, ...]
    today: str
    tomorrow: str
    this_week: str
    later: str


@dataclass(frozen=True)
class AbsencePhrases:
    """Why nobody can take over, as `agent.handoff.availability` finds it, and what else there is.

    `opens` has `{opens}`, a time of the calendar; `offer` has `{offers}`, joined by `between`.
    """

    opens: str
    closed: str
    nobody: str
    busy: str
    offer: str
    offers: Mapping[str, str]
    between: str
    no_offer: str


@dataclass(frozen=True)
class Phrases:
    """Fixed words. `language` is in which Twilio's `<Say>` reads them, as de-DE.

    https://www.twilio.com/docs/voice/twiml/say/text-speech
    """

    language: str
    calendar: Calendar

    fillers: tuple[str, ...]
    """While a reply takes a moment."""
    still_there: str
    goodbye_after_silence: str
    time_is_short: str
    goodbye_at_limit: str

    apology: str
    """For a reply that has failed; the next for one that broke off, and for the last of several."""
    apology_after_words: str
    trouble: str
    taken_back: str
    """After a promise of a person that cannot be kept."""
    only_text: str

    connecting_call: str
    """Goodbye before a person takes over."""
    connecting_chat: str
    called_off: str
    """To a customer who no longer wants to wait; the next where they have to."""
    still_waiting: str

    absence: AbsencePhrases
    """To who asks for a person where the model does not speak."""
    sorry: str
    """Of a handoff that has failed, or may have; that came to nothing, or to something late."""
    unsure: str
    here_again: str
    after_all: str
    callback: str
    """What was arranged instead, while the agent serves on; the goodbyes end a call."""
    callback_goodbye: str
    ticket: str
    ticket_goodbye: str

    cut_off: str
    """When a call's session broke off: the first time, the second, and where nobody is there."""
    agent_unavailable: str
    nobody_there: str


Words = Callable[[Phrases], str]
"""Which of them is meant."""
