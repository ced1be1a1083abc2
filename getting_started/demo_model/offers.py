"""What the tool `handoff` answered, in the customer's language, and what they choose instead."""

from __future__ import annotations

import re
from typing import Final

from getting_started.demo_model import findings, meanings
from getting_started.demo_model.conversation import Conversation

_WHY: Final = re.compile(r"Nobody can take over now: (.+?)\. Nothing was handed over")
_OFFERS: Final = re.compile(r"customer_choice=(\w+)")
_DONE: Final = {
    "a colleague will call the customer back": "callback",
    "the request was passed on": "ticket",
    "No phone number of the customer": "number",
    "not confirmed yet": "unsure",
    "not known whether that worked": "unsure",
}


def say_outcome(conversation: Conversation, output: str) -> str:
    """What the customer hears of a tool's output."""
    phrases = conversation.phrases
    if found := _WHY.search(output):
        offers = [phrases.offers[name] for name in _OFFERS.findall(output)]
        offer = phrases.offer.format(offers=phrases.alternatively.join(offers)) if offers else ""
        return f"{phrases.nobody_there.format(why=found[1])} {offer}".strip()
    for words, outcome in _DONE.items():
        if words in output:
            return phrases.arranged[outcome]
    return phrases.handoff_failed if findings.says_it_failed(output) else phrases.connecting


def find_choice(conversation: Conversation) -> dict[str, str]:
    """The arguments of the customer's choice, if they chose something in place of a human now."""
    words, phrases = conversation.words, conversation.phrases
    if conversation.last_reply == phrases.arranged["number"]:
        number = meanings.phone_number(words)
        return {"customer_choice": "callback", "callback_number": number} if number else {}
    offered = [name for name, offer in phrases.offers.items() if offer in conversation.last_reply]
    for name, pattern in meanings.CHOICES.items():
        if pattern.search(words) and (name in offered or name == "callback"):
            return {"customer_choice": name}
    if offered and meanings.YES.search(words):
        return {"customer_choice": offered[0]}
    return {}
