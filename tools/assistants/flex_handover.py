"""The tool flex-handover: a human agent is asked into the conversation.

https://www.twilio.com/docs/alpha/ai-assistants/code-samples/transition-flex
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from agent.errors import TwilioApiError
from agent.store.thread_claims import Claim
from agent.twilio_api.flex import FlexClient, Interaction, Route
from tools.assistants.handover import Handovers, Holder
from tools.assistants.tool_call import HandoverError, Identity, Thread, ToolCall

SUCCESS = "Transferred to human agent"
SETUP_LOOKS = 4
SETUP_DELAY_SECONDS = 0.25
logger = logging.getLogger(__name__)


async def hand_over_to_flex(handovers: Handovers, call: ToolCall) -> str:
    """A task waits for a human agent, with the conversation; gives the words for it.

    Raises HandoverError.
    """
    thread, identity, settings = call.thread, call.identity, handovers.settings
    workspace_sid = call.sid("flexWorkspaceSid", "WS", settings.assistant_workspace_sid)
    workflow_sid = call.sid("flexWorkflowSid", "WW", settings.assistant_workflow_sid)
    if not workspace_sid or not workflow_sid:
        why = "Missing configuration for FLEX_WORKSPACE_SID OR FLEX_WORKFLOW_SID"
        raise HandoverError(500, why)
    flex = FlexClient(handovers.pool, settings.twilio_url("flex-api"))
    route = Route(workspace_sid, workflow_sid)

    async def interact(claim: Claim) -> None:
        attributes = await _describe_customer(handovers, thread, identity)
        interaction = await _ask_in(flex, route, call, attributes)
        claim.task_sid = interaction.task_sid
        if await _has_failed(flex, interaction):
            await _take_back(flex, interaction)
            claim.task_sid = ""
            raise HandoverError(502, "Flex could not set the conversation up for a human agent")

    before = await handovers.move(thread, interact, workspace_sid=workspace_sid)
    return "A Studio flow has this conversation already" if before is Holder.FLOW else SUCCESS


async def _ask_in(
    flex: FlexClient, route: Route, call: ToolCall, attributes: dict[str, Any]
) -> Interaction:
    """Raises HandoverError when the workflow or workspace is none; TwilioApiError otherwise."""
    try:
        return await flex.create_interaction(
            route,
            channel_type=_channel_type_of(call.identity),
            conversation_sid=call.thread.conversation_sid,
            attributes=attributes,
        )
    except TwilioApiError as error:
        if error.status not in (400, 404):
            raise
        where = f"workflow {route.workflow_sid} of workspace {route.workspace_sid}"
        raise HandoverError(400, f"Flex takes nothing for {where}") from error


def _channel_type_of(identity: Identity) -> str:
    if identity.trait == "whatsapp":
        return "whatsapp"
    if identity.value.startswith("+"):
        return "sms"
    return "web" if identity.value.startswith("FX") else "chat"


async def _describe_customer(
    handovers: Handovers, thread: Thread, identity: Identity
) -> dict[str, Any]:
    """The task's attributes. A visitor of Flex's web chat (FX...) is shown by name."""
    address = f"whatsapp:{identity.value}" if identity.trait == "whatsapp" else identity.value
    name = address
    if _channel_type_of(identity) == "web":
        try:
            name = await handovers.classic(thread).fetch_user_name(address) or address
        except TwilioApiError as error:
            logger.warning("A handover without the customer's name: %s", error)
    return {"from": name, "customerName": address, "customerAddress": address}


async def _has_failed(flex: FlexClient, interaction: Interaction) -> bool:
    """Flex sets an interaction up after it has answered. Where it does not tell, all is well."""
    try:
        for look in range(SETUP_LOOKS):
            await asyncio.sleep(SETUP_DELAY_SECONDS if look else 0)
            if (status := await flex.fetch_channel_status(interaction)) != "setup":
                return status == "failed"
    except TwilioApiError as error:
        logger.warning("Whether it was set up is not known: %s", error)
    return False


async def _take_back(flex: FlexClient, interaction: Interaction) -> None:
    """Nobody shall accept a task whose conversation they cannot join."""
    try:
        await flex.park(interaction)
    except TwilioApiError as error:
        logger.warning("Task %s could not be taken back: %s", interaction.task_sid, error)
        why = "Flex could not set the conversation up, nor take that back"
        raise HandoverError(502, why, is_certain=False) from error
