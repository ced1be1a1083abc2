"""An emulated account as the blueprint wants it: everything set up, one human at the desk.

https://www.twilio.com/docs/conversations/solution-blueprints/ai-to-human-handoff
"""

from __future__ import annotations

from agent.settings import Settings, derive_flow_secret
from getting_started.twilio_emulator.classic.browser import SDK_PATH, sdk_integrity
from getting_started.twilio_emulator.intelligence.models import ConfigurationRequest
from getting_started.twilio_emulator.memory.models import ObservationRequest
from getting_started.twilio_emulator.twilio import Twilio
from studio_templates.render import Parameters, render

AGENT_NUMBER = "+15550100002"
WHATSAPP_NUMBER = "whatsapp:+15550100003"
RCS_SENDER = "rcs:acme_outfitters"
CUSTOMER_NUMBER = "+15550100001"
HUMAN = "Jordan"
CHAT_IDENTITY = str(Settings.model_fields["chat_identity"].default)
SUMMARY_OPERATOR = "intelligence_operator_01kcv35pnkeysaf6z6cqtbpegn"


def seed(twilio: Twilio, agent_url: str) -> dict[str, str]:
    """Set the account up for an agent at `agent_url`; gives the agent's environment."""
    service_sid = twilio.classic.default_service().sid
    senders = (("sms", AGENT_NUMBER), ("whatsapp", WHATSAPP_NUMBER), ("rcs", RCS_SENDER))
    for kind, address in senders:
        _connect(twilio, kind, address)
    twilio.voice.add_number(AGENT_NUMBER, voice_url=f"{agent_url}/twiml")
    configuration_id = _configure_conversations(twilio, agent_url, service_sid)
    flow_sid, workflow_sid = _publish_flow(twilio, service_sid, agent_url)
    return {
        **access(twilio, agent_url),
        "TWILIO_WHATSAPP_NUMBER": WHATSAPP_NUMBER,
        "TWILIO_RCS_SENDER_ID": RCS_SENDER,
        "TWILIO_CONVERSATION_CONFIGURATION_ID": configuration_id,
        "TWILIO_STUDIO_HANDOFF_FLOW_SID": flow_sid,
        "AGENT_FLEX_WORKFLOW_SID": workflow_sid,
    }


def access(twilio: Twilio, agent_url: str) -> dict[str, str]:
    """The part of the agent's environment that is there before setting up: login, number, URLs."""
    return {
        "TWILIO_ACCOUNT_SID": twilio.account.sid,
        "TWILIO_AUTH_TOKEN": twilio.account.auth_token,
        "TWILIO_API_KEY": twilio.account.api_key,
        "TWILIO_API_SECRET": twilio.account.api_secret,
        "TWILIO_PHONE_NUMBER": AGENT_NUMBER,
        "TWILIO_VOICE_PUBLIC_DOMAIN": agent_url.partition("://")[2],
        "AGENT_CHAT_SDK_INTEGRITY": sdk_integrity(),
        "AGENT_CHAT_SDK_URL": twilio.base_url + SDK_PATH,
        "AGENT_PUBLIC_URL": agent_url,
        "AGENT_TWILIO_BASE_URL": twilio.base_url + "/{product}",
    }


def seed_further_ways(twilio: Twilio) -> dict[str, str]:
    """A workflow for callbacks; gives the settings of the ways to a human that are not Studio."""
    router = twilio.taskrouter
    workspace_sid = next(iter(router.workspaces))
    queue = router.create_queue(workspace_sid, "Callbacks")
    workflow = router.create_workflow(
        workspace_sid,
        "Assign callbacks",
        {"task_routing": {"filters": [], "default_filter": {"queue": queue.sid}}},
    )
    return {
        "AGENT_FLEX_WORKSPACE_SID": workspace_sid,
        "AGENT_CALLBACK_WORKFLOW_SID": workflow.sid,
    }


def seed_completely(twilio: Twilio, agent_url: str) -> dict[str, str]:
    """As `agent setup` leaves an account: also with a chat address, and a flow to fall back to."""
    environment = {**seed(twilio, agent_url), **seed_further_ways(twilio)}
    flow_sid = environment["TWILIO_STUDIO_HANDOFF_FLOW_SID"]
    hook = twilio.url("webhooks", f"/v1/Accounts/{twilio.account.sid}/Flows/{flow_sid}")
    [number] = twilio.voice.numbers.values()
    number.voice_fallback_url = f"{hook}?Trigger=incomingCall"
    _connect(twilio, "chat", CHAT_IDENTITY)
    return environment


def _connect(twilio: Twilio, kind: str, address: str) -> None:
    """Messages to `address` become conversations of the bridged service."""
    auto_creation = {
        "enabled": True,
        "type": "default",
        "conversation_service_sid": twilio.classic.default_service().sid,
    }
    twilio.classic.add_address(type_=kind, address=address, auto_creation=auto_creation)


def _configure_conversations(twilio: Twilio, agent_url: str, service_sid: str) -> str:
    """Memory with one known customer, the two Summary rules, and the Orchestrator configuration."""
    store = twilio.memory.create_store("acme-customers")
    profile = twilio.memory.upsert_profile(
        store.id, {"Contact": {"phone": CUSTOMER_NUMBER, "firstName": "Ana"}}
    )
    twilio.memory.add_observation(
        profile,
        ObservationRequest(content="Prefers short answers", source="agent", conversation_ids=[]),
    )
    rule = {"operators": [{"id": SUMMARY_OPERATOR}], "actions": []}
    intelligence = twilio.intelligence.create_configuration(
        ConfigurationRequest.model_validate(
            {
                "displayName": "virtual-agent-summary",
                "description": "The summary a human sees",
                "rules": [
                    {**rule, "triggers": [{"on": "CONVERSATION_END"}]},
                    {**rule, "triggers": [{"on": "CONVERSATION_INACTIVE"}]},
                ],
            }
        )
    )
    configuration = twilio.orchestrator.create_configuration(
        {
            "displayName": "acme-support",
            "description": "Acme virtual agent",
            "conversationGroupingType": "GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE",
            "memoryStoreId": store.id,
            "channelSettings": {
                "VOICE": {"statusTimeouts": None},
                "SMS": {"statusTimeouts": {"inactive": 10, "closed": 60}},
                "WHATSAPP": {"statusTimeouts": {"inactive": 10, "closed": 60}},
                "RCS": {"statusTimeouts": {"inactive": 10, "closed": 60}},
                "CHAT": {"statusTimeouts": {"inactive": 15, "closed": 60}},
            },
            "statusCallbacks": [{"url": f"{agent_url}/webhook", "method": "POST"}],
            "intelligenceConfigurationIds": [intelligence.id],
            "conversationsV1Bridge": {"serviceId": service_sid},
        }
    )
    return configuration.id


def _publish_flow(twilio: Twilio, service_sid: str, agent_url: str) -> tuple[str, str]:
    """A workspace with a queue and a human at the desk; the flow that leads there, its workflow."""
    router = twilio.taskrouter
    workspace = router.create_workspace(
        "Flex Task Assignment", event_callback_url=f"{agent_url}/taskrouter/events"
    )
    queue = router.create_queue(workspace.sid, "Support")
    workflow = router.create_workflow(
        workspace.sid,
        "Assign to Support",
        {"task_routing": {"filters": [], "default_filter": {"queue": queue.sid}}},
    )
    router.create_worker(workspace.sid, HUMAN, attributes={"full_name": HUMAN}, available=True)
    parameters = Parameters(
        workspace_sid=workspace.sid,
        workflow_sid=workflow.sid,
        voice_task_channel_sid=router.find_task_channel(workspace.sid, "voice").sid,
        chat_task_channel_sid=router.find_task_channel(workspace.sid, "chat").sid,
        conversation_service_sid=service_sid,
        conversations_url=twilio.url("conversations"),
        flex_url=twilio.url("flex-api"),
        app_url=agent_url,
        flow_secret=derive_flow_secret(twilio.account.auth_token),
    )
    definition = render(parameters).model_dump(mode="json", by_alias=True, exclude_none=True)
    return twilio.studio.create_flow("Agent handoff", definition).sid, workflow.sid
