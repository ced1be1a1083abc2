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
    AssistantRequest,
    ToolMeta,
    ToolRequest,
)
from getting_started.twilio_emulator.twilio import Twilio

SERVICE = "AI Assistants"
REFUND_FLOW = Path(__file__).parents[2] / "examples" / "refund_flow.json"
IDENTITY = "assistant"
SUCCESS_MESSAGE = "Our refunds desk takes over from here. Please write OK to go on"
PERSONALITY = (
    "Our store is open on Saturdays from 10:00 to 18:00. Shipping is free from 50 euros. "
    "Parcels arrive within three days."
)


def seed_assistants(twilio: Twilio, agent_url: str) -> dict[str, str]:
    """Set it up beside a contact centre (`seed`); gives the settings of the agent's tools."""
    refunds = twilio.studio.create_flow("Refunds", json.loads(REFUND_FLOW.read_text("utf-8")))
    assistant = twilio.assistants.create_assistant(
        AssistantRequest(name="Acme assistant", personality_prompt=PERSONALITY)
    )
    query = urlencode({"flowSid": refunds.sid, "successMessage": SUCCESS_MESSAGE})
    urls = {
        "Studio Handover": f"{agent_url}/tools/studio-handover?{query}",
        "Flex Agent Handover": f"{agent_url}/tools/flex-handover",
    }
    descriptions = {
        "Studio Handover": "You MUST use this if a customer is asking for a refund.",
        "Flex Agent Handover": "You MUST use this if you don't know how to fulfill the request "
        "to let another customer service agent handle the conversation.",
    }
    for name, url in urls.items():
        twilio.assistants.create_tool(
            ToolRequest(
                name=name,
                description=descriptions[name],
                enabled=True,
                meta=ToolMeta(url=url),
                assistant_id=assistant.id,
            )
        )
    service = twilio.classic.create_service(SERVICE)
    url = message_added_url(twilio, assistant.id)
    twilio.classic.webhook_settings[service.sid] = {
        "post_webhook_url": f"{url}&AssistantIdentity={IDENTITY}",
        "filters": ["onMessageAdded"],
    }
    workflow = next(iter(twilio.taskrouter.workflows.values()))
    return {
        "FLEX_WORKSPACE_SID": workflow.workspace_sid,
        "FLEX_WORKFLOW_SID": workflow.sid,
    }


def assistant_service_sid(twilio: Twilio) -> str:
    """The service (IS...) whose conversations the seeded assistant hears."""
    services = twilio.classic.services.values()
    return next(one.sid for one in services if one.friendly_name == SERVICE)
