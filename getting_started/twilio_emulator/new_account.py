"""Emulated accounts on which the agent is not set up: as Flex comes, begun, or in other hands.

https://www.twilio.com/docs/flex/admin-guide/core-concepts/routing
"""

from __future__ import annotations

from dataclasses import dataclass

from getting_started.twilio_emulator.seed import AGENT_NUMBER, HUMAN, WHATSAPP_NUMBER
from getting_started.twilio_emulator.taskrouter.models import Workspace
from getting_started.twilio_emulator.twilio import Twilio

ELSEWHERE = "https://crm.example.org"


@dataclass(frozen=True)
class NewAccount:
    """What a new Flex account has: one workspace with a human at the desk, one number."""

    workspace: Workspace
    service_sid: str
    number_sid: str


def open_account(twilio: Twilio) -> NewAccount:
    """Flex as it comes, and a number that nothing answers; nothing of the agent's."""
    router = twilio.taskrouter
    workspace = router.create_workspace("Flex Task Assignment")
    queue = router.create_queue(workspace.sid, "Everyone")
    workflow = router.create_workflow(
        workspace.sid,
        "Assign to Anyone",
        {"task_routing": {"filters": [], "default_filter": {"queue": queue.sid}}},
    )
    router.create_worker(workspace.sid, HUMAN, attributes={"full_name": HUMAN}, available=True)
    twilio.flex.configuration["taskrouter_target_workflow_sid"] = workflow.sid
    number = twilio.voice.add_number(AGENT_NUMBER)
    return NewAccount(workspace, twilio.classic.default_service().sid, number.sid)


def open_begun_account(twilio: Twilio, agent_url: str) -> NewAccount:
    """Half done: what Agent Connect's quickstart leaves, which the blueprint then changes.

    Calls are captured, which ConversationRelay does already; nothing leads to Flex.
    """
    account = open_account(twilio)
    store = twilio.memory.create_store("acme-customers")
    twilio.orchestrator.create_configuration(
        {
            "displayName": "acme-support",
            "description": "Made by the quickstart",
            "conversationGroupingType": "GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE",
            "memoryStoreId": store.id,
            "channelSettings": {
                "VOICE": {
                    "statusTimeouts": {"inactive": 5, "closed": 30},
                    "captureRules": [{"from": "*", "to": AGENT_NUMBER, "metadata": {}}],
                },
                "SMS": {"statusTimeouts": {"inactive": 2, "closed": 3}},
            },
            "statusCallbacks": [{"url": f"{agent_url}/webhook", "method": "POST"}],
        }
    )
    twilio.voice.numbers[account.number_sid].voice_url = f"{agent_url}/twiml"
    return account


def open_account_in_use(twilio: Twilio) -> NewAccount:
    """Calls and messages go to a Flex flow, and TaskRouter tells another application."""
    account = open_account(twilio)
    lead_elsewhere(twilio, account)
    return account


def lead_elsewhere(twilio: Twilio, account: NewAccount) -> None:
    """Number, senders and events of an account as they are before the agent gets them."""
    flow = twilio.studio.create_flow("Flex Messaging Flow", _greeting())
    hook = twilio.url("webhooks", f"/v1/Accounts/{twilio.account.sid}/Flows/{flow.sid}")
    number = twilio.voice.numbers[account.number_sid]
    number.voice_url = f"{hook}?Trigger=incomingCall"
    number.voice_fallback_url = f"{ELSEWHERE}/voice-fallback"
    number.sms_url = f"{hook}?Trigger=incomingMessage"
    for kind, address in (("sms", AGENT_NUMBER), ("whatsapp", WHATSAPP_NUMBER)):
        twilio.classic.add_address(
            type_=kind,
            address=address,
            friendly_name="Flex messaging",
            auto_creation={
                "enabled": True,
                "type": "studio",
                "conversation_service_sid": account.service_sid,
                "studio_flow_sid": flow.sid,
                "studio_retry_count": "3",
            },
        )
    account.workspace.event_callback_url = f"{ELSEWHERE}/taskrouter"
    account.workspace.events_filter = "task.created,task.canceled"


def _greeting() -> dict[str, object]:
    """A flow that only greets, as stands in for whatever the account had."""
    return {
        "description": "Greets",
        "initial_state": "Trigger",
        "states": [
            {
                "name": "Trigger",
                "type": "trigger",
                "properties": {},
                "transitions": [
                    {"event": "incomingCall", "next": "greet"},
                    {"event": "incomingConversationMessage", "next": "answer"},
                ],
            },
            {
                "name": "greet",
                "type": "say-play",
                "properties": {"say": "Welcome to Acme."},
                "transitions": [{"event": "audioComplete"}],
            },
            {
                "name": "answer",
                "type": "send-message",
                "properties": {
                    "from": "{{flow.channel.address}}",
                    "to": "{{contact.channel.address}}",
                    "body": "Welcome to Acme.",
                },
                "transitions": [{"event": "sent"}, {"event": "failed"}],
            },
        ],
    }
