"""Verbs that need no one to answer: Say, Play, Pause, Redirect, Hangup, Reject, Start."""

from __future__ import annotations

from urllib.parse import urljoin

from getting_started.twilio_emulator.voice.line import HungUp
from getting_started.twilio_emulator.voice.live_call import LiveCall
from getting_started.twilio_emulator.voice.twiml import Document, Request, Verb


async def say(live: LiveCall, document: Document, verb: Verb) -> None:
    del document
    if verb.text:
        await live.speak("FLOW", verb.text)


async def play(live: LiveCall, document: Document, verb: Verb) -> None:
    source = urljoin(document.url, verb.text) if verb.text else verb.attributes.get("digits", "")
    await live.speak("FLOW", f"(plays {source})")


async def pause(live: LiveCall, document: Document, verb: Verb) -> None:
    """Takes no time here."""
    del live, document, verb


async def start(live: LiveCall, document: Document, verb: Verb) -> None:
    """Streams, transcriptions and recordings are not made here."""
    del live, document, verb


async def redirect(live: LiveCall, document: Document, verb: Verb) -> Request:
    del live
    method = verb.attributes.get("method", "POST").upper()
    return Request(urljoin(document.url, verb.text), method)


async def hang_up(live: LiveCall, document: Document, verb: Verb) -> None:
    del live, document, verb
    raise HungUp


async def reject(live: LiveCall, document: Document, verb: Verb) -> None:
    del document
    live.call.status = "busy" if verb.attributes.get("reason") == "busy" else "no-answer"
    raise HungUp
