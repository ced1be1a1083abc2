"""The tool studio-handover: the conversation goes on in a Studio flow.

https://www.twilio.com/docs/alpha/ai-assistants/code-samples/transition-studio
"""

from __future__ import annotations

from agent.errors import TwilioApiError
from agent.store.thread_claims import Claim
from agent.twilio_api.studio import StudioClient
from tools.assistants.handover import Handovers, Holder
from tools.assistants.tool_call import HandoverError, ToolCall

TRIGGER = "incomingConversationMessage"
SUCCESS = "Conversation handed over"


async def hand_over_to_studio(handovers: Handovers, call: ToolCall) -> str:
    """The flow gets the conversation from the customer's next message on; gives the words for it.

    Raises HandoverError.
    """
    thread, settings = call.thread, handovers.settings
    flow_sid = call.sid("flowSid", "FW", settings.assistant_flow_sid)
    if not flow_sid:
        why = "no flow is named: flowSid=FW... in the tool's URL, or STUDIO_FLOW_SID"
        raise HandoverError(500, why)

    async def attach(_claim: Claim) -> None:
        await _check_flow(handovers, flow_sid)
        await handovers.classic(thread).attach_flow(thread.conversation_sid, flow_sid)

    before = await handovers.move(thread, attach, workspace_sid=settings.assistant_workspace_sid)
    if before is Holder.HUMAN:
        return "A human agent has this conversation already, or is about to join it"
    message = call.parameter("successMessage")
    return SUCCESS if message is None else message


async def _check_flow(handovers: Handovers, flow_sid: str) -> None:
    """A flow that does not begin would leave the customer with nobody."""
    studio = StudioClient(handovers.pool, handovers.settings.twilio_url("studio"), flow_sid)
    try:
        first = await studio.fetch_first_widget(TRIGGER)
    except TwilioApiError as error:
        if error.status not in (400, 404):
            raise HandoverError(502, "Studio does not tell whether the flow is there") from error
        raise HandoverError(400, f"flow {flow_sid} is not there, or not published") from error
    if not first:
        raise HandoverError(
            400, f"flow {flow_sid} does nothing with a conversation: use its trigger {TRIGGER}"
        )
