"""The channel to Conversations (Classic): whom the assistant hears, and when no longer."""

from __future__ import annotations

import httpx
import pytest

from getting_started.twilio_emulator.assistants.functions import PATH
from getting_started.twilio_emulator.classic.models import Conversation
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.assistants.conftest import ToolServer
from tests.twilio_emulator.studio.flows import flow, set_variables

LISTENING = flow(set_variables("note", heard="yes"), event="incomingConversationMessage")


async def say(twilio: Twilio, conversation: Conversation, text: str, author: str = "ana") -> None:
    await twilio.classic.add_message(conversation.sid, author=author, body=text, source="SDK")
    await twilio.settle()


def transcript(conversation: Conversation) -> list[tuple[str, str]]:
    return [(message.author, message.body) for message in conversation.messages]


async def test_assistant_answers_in_the_conversation(
    twilio: Twilio, conversation: Conversation
) -> None:
    await say(twilio, conversation, "Hello")

    assert transcript(conversation)[1:] == [("acme", "Hello! How can I help you?")]
    assert conversation.attributes == '{"assistantIsTyping": false}'


@pytest.mark.parametrize(
    ("author", "identity"),
    [("ana", "user_id:ana"), ("whatsapp:+15550100001", "whatsapp:+15550100001")],
)
async def test_tool_learns_conversation_and_customer(
    twilio: Twilio,
    conversation: Conversation,
    tool_server: ToolServer,
    author: str,
    identity: str,
) -> None:
    await say(twilio, conversation, "I want a refund", author)

    [(_url, headers, _body)] = tool_server.calls
    name = f"conversations__{conversation.service_sid}/{conversation.sid}"
    assert (headers["x-session-id"], headers["x-identity"]) == (f"webhook:{name}", identity)


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        ("flow", "a Studio flow has the conversation"),
        ("human", "there is a second participant"),
    ],
)
async def test_assistant_stops_listening(
    twilio: Twilio, conversation: Conversation, by: str, reason: str
) -> None:
    if by == "flow":
        waiting = {"flow_sid": twilio.studio.create_flow("Waits", LISTENING).sid}
        twilio.classic.add_webhook(conversation.sid, target="studio", configuration=waiting)
    else:
        await twilio.classic.add_participant(conversation.sid, identity="jordan")

    await say(twilio, conversation, "Hello")

    assert transcript(conversation) == [("ana", "Hello")]
    [entry] = twilio.journal.since(0, "assistant")
    assert (entry.detail["event"], entry.detail["reason"]) == ("not listening", reason)


@pytest.mark.parametrize("function", ["messageAdded", "response"])
async def test_functions_are_protected(
    twilio: Twilio, conversation: Conversation, function: str
) -> None:
    form = {"ConversationSid": conversation.sid, "Author": "ana", "Body": "Hello"}
    async with httpx.AsyncClient() as stranger:
        answer = await stranger.post(f"{twilio.base_url}{PATH}/{function}", data=form)

    assert (answer.status_code, transcript(conversation)) == (403, [])
