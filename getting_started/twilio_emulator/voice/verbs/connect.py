"""<Connect>: ConversationRelay. https://www.twilio.com/docs/voice/twiml/connect"""

from __future__ import annotations

from getting_started.twilio_emulator.voice.line import HungUp
from getting_started.twilio_emulator.voice.live_call import LiveCall
from getting_started.twilio_emulator.voice.relay import ConversationRelay, SessionEnd
from getting_started.twilio_emulator.voice.twiml import (
    Document,
    Request,
    TwimlError,
    Verb,
    to_request,
)


async def connect(live: LiveCall, document: Document, verb: Verb) -> Request | None:
    """The session, then the action: it is asked however the session ended."""
    noun = verb.find("ConversationRelay")
    if noun is None:
        await live.warn(12200, "<Connect> without <ConversationRelay> is not emulated")
        return None
    live.call.doing = noun.name
    await live.report()
    if configuration_id := noun.attributes.get("conversationConfiguration"):
        await live.open_conversation(configuration_id)
    session = ConversationRelay(live, noun)
    try:
        end = await session.run()
    except HungUp:
        await _report(live, document, verb, session, SessionEnd("completed"))
        raise
    if end.error_code:
        await live.warn(end.error_code, end.error_message)
    return to_request(document, verb, session.to_form(end))


async def _report(
    live: LiveCall, document: Document, verb: Verb, session: ConversationRelay, end: SessionEnd
) -> None:
    """Tells the action that the caller is gone; what it answers reaches nobody."""
    request = to_request(document, verb, session.to_form(end))
    if request is not None:
        try:
            await live.request(request)
        except TwimlError as error:
            await live.warn(error.code, error.message)
