"""An assistant as Twilio's two guides on transitions want it: a channel, a flow, two tools.

https://www.twilio.com/docs/alpha/ai-assistants/code-samples/transition-studio ,
https://www.twilio.com/docs/alpha/ai-assistants/code-samples/transition-flex
"""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlencode

from getting_started.twilio_emulator.assistants.functions import message_added_url
from getting_started.twilio_emulator.assistants.models import (
    Assistant,
    AssistantRequest,
    ToolMeta,
    ToolRequest,
)
from getting_started.twilio_emulator.twilio import Twilio

SERVICE = "AI Assistants"
REFUND_FLOW = Path(__file__).parents[2] / "examples" / "refund_flow.json"
IDENTITY = "assistant"
SUCCESS_MESSAGE = "Our refunds desk takes over from here. Please write OK to go on"
FOR_REFUNDS = "You MUST use this if a customer is asking for a refund."
FOR_THE_REST = (
    "You MUST use this if you don't know how to fulfill the request to let another customer "
    "service agent handle the conversation."
)
PERSONALITY = (
    "Our store is open on Saturdays from 10:00 to 18:00. Shipping is free from 50 euros. "
    "Parcels arrive within three days."
)


def seed_assistants(twilio: Twilio, agent_url: str) -> dict[str, str]:
    """Set it up beside a contact centre (`seed`); gives the settings of the agent's tools."""
    request = AssistantRequest(name="Acme assistant", personality_prompt=PERSONALITY)
    assistant = twilio.assistants.create_assistant(request)
    refunds = twilio.studio.create_flow("Refunds", json.loads(REFUND_FLOW.read_text("utf-8")))
    query = urlencode({"flowSid": refunds.sid, "successMessage": SUCCESS_MESSAGE})
    tools = (
        ("Studio Handover", FOR_REFUNDS, f"{agent_url}/tools/studio-handover?{query}"),
        ("Flex Agent Handover", FOR_THE_REST, f"{agent_url}/tools/flex-handover"),
    )
    for name, description, url in tools:
        tool = ToolRequest(
            name=name,
            description=description,
            enabled=True,
            meta=ToolMeta(url=url),
            assistant_id=assistant.id,
        )
        twilio.assistants.create_tool(tool)
    _connect(twilio, assistant)
    workflow = next(iter(twilio.taskrouter.workflows.values()))
    return {"FLEX_WORKSPACE_SID": workflow.workspace_sid, "FLEX_WORKFLOW_SID": workflow.sid}


def _connect(twilio: Twilio, assistant: Assistant) -> None:
    """A conversation service whose messages the assistant hears."""
    service = twilio.classic.create_service(SERVICE)
    twilio.classic.webhook_settings[service.sid] = {
        "post_webhook_url": message_added_url(twilio, assistant.id, identity=IDENTITY),
        "filters": ["onMessageAdded"],
    }


def assistant_service_sid(twilio: Twilio) -> str:
    """The service (IS...) whose conversations the seeded assistant hears."""
    services = twilio.classic.services.values()
    return next(one.sid for one in services if one.friendly_name == SERVICE)
