"""Messages from and to phones."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from twilio.base.exceptions import TwilioRestException

from getting_started.twilio_emulator.outgoing import new_client
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.conftest import Receiver, Rest

CUSTOMER = "+15550100001"
AGENT = "+15550100002"


def open_address(twilio: Twilio, address: str, type_: str = "sms") -> str:
    """Conversations come into being for this address; the SID of their service."""
    service = twilio.classic.create_service("texts")
    twilio.classic.add_address(
        type_=type_,
        address=address,
        auto_creation={
            "enabled": True,
            "type": "default",
            "conversation_service_sid": service.sid,
        },
    )
    return service.sid


async def test_message_is_created_fetched_and_listed(twilio: Twilio, rest: Rest) -> None:
    created = await rest(
        lambda client: client.messages.create(to=CUSTOMER, from_=AGENT, body="Hello")
    )

    fetched = await rest(lambda client: client.messages(created.sid).fetch())
    listed = await rest(lambda client: client.messages.list(to=CUSTOMER))

    assert (created.status, fetched.status) == ("queued", "delivered")
    assert [one.sid for one in listed] == [created.sid]
    assert [one.body for one in twilio.messaging.inbox(CUSTOMER)] == ["Hello"]


async def test_list_of_messages_is_paged(twilio: Twilio, rest: Rest) -> None:
    for number in range(5):
        await twilio.messaging.deliver(from_=AGENT, to=CUSTOMER, body=str(number))

    listed = await rest(lambda client: client.messages.list(page_size=2))

    assert [one.body for one in listed] == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": CUSTOMER, "from_": AGENT, "body": "a" * 1601}, 21617),
        ({"to": CUSTOMER, "from_": AGENT}, 21602),
        ({"to": CUSTOMER, "body": "Hello"}, 21603),
    ],
)
async def test_bad_message_is_refused(rest: Rest, fields: dict[str, str], code: int) -> None:
    with pytest.raises(TwilioRestException) as refusal:
        await rest(lambda client: client.messages.create(**fields))

    assert (refusal.value.status, refusal.value.code) == (400, code)


async def test_status_callback_hears_the_way(
    twilio: Twilio, rest: Rest, receiver: Receiver
) -> None:
    await rest(
        lambda client: client.messages.create(
            to=CUSTOMER, from_=AGENT, body="Hello", status_callback=receiver.url
        )
    )
    await twilio.settle()

    forms = [parse_qs(body.decode()) for _url, _headers, body in receiver.requests]
    assert [form["MessageStatus"] for form in forms] == [["sent"], ["delivered"]]


@pytest.mark.parametrize(
    ("prefix", "type_", "source"),
    [("", "sms", "SMS"), ("whatsapp:", "whatsapp", "whatsapp"), ("rcs:", "rcs", "rcs")],
)
async def test_text_opens_a_conversation(
    twilio: Twilio, prefix: str, type_: str, source: str
) -> None:
    service_sid = open_address(twilio, prefix + AGENT, type_)

    for body in ("Hello", "Are you there?"):
        await twilio.messaging.receive(from_=prefix + CUSTOMER, to=prefix + AGENT, body=body)

    (conversation,) = twilio.classic.conversations.values()
    (participant,) = conversation.participants.values()
    assert conversation.service_sid == service_sid
    assert (participant.binding or {})["type"] == type_
    assert [(one.body, one.source) for one in conversation.messages] == [
        ("Hello", source),
        ("Are you there?", source),
    ]


async def test_answer_in_the_conversation_reaches_the_phone(twilio: Twilio) -> None:
    open_address(twilio, AGENT)
    await twilio.messaging.receive(from_=CUSTOMER, to=AGENT, body="Hello")
    (conversation,) = twilio.classic.conversations.values()

    await twilio.classic.add_message(conversation.sid, author="lee", body="I am Lee")

    (delivered,) = twilio.messaging.inbox(CUSTOMER)
    assert (delivered.from_, delivered.body, delivered.author) == (AGENT, "I am Lee", "lee")


async def test_closed_conversation_is_followed_by_a_new_one(twilio: Twilio) -> None:
    open_address(twilio, AGENT)
    await twilio.messaging.receive(from_=CUSTOMER, to=AGENT, body="Hello")
    (first,) = twilio.classic.conversations.values()
    twilio.classic.close_conversation(first.sid)

    await twilio.messaging.receive(from_=CUSTOMER, to=AGENT, body="Hello again")

    assert len(twilio.classic.conversations) == 2


async def test_customer_drives_a_phone(twilio: Twilio) -> None:
    open_address(twilio, AGENT)
    async with new_client(base_url=twilio.url("_emulator")) as client:
        text = {"from": CUSTOMER, "to": AGENT, "body": "Hello"}
        sent = (await client.post("/sms", json=text)).json()
        await twilio.messaging.deliver(from_=AGENT, to=CUSTOMER, body="Good morning")
        inbox = (await client.get("/sms/inbox", params={"address": CUSTOMER})).json()

    assert twilio.messaging.messages[sent["sid"]].status == "received"
    assert [one["body"] for one in inbox["messages"]] == ["Good morning"]
