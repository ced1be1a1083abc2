"""The widgets: a class each, and one table from type to class."""

from __future__ import annotations

from getting_started.twilio_emulator.studio.execution import ExecutionError
from getting_started.twilio_emulator.studio.widgets.base import Runner
from getting_started.twilio_emulator.studio.widgets.connect_call_to import ConnectCallTo
from getting_started.twilio_emulator.studio.widgets.conversation import (
    ResumeConversation,
    StartConversation,
)
from getting_started.twilio_emulator.studio.widgets.conversation_relay import RunConversationRelay
from getting_started.twilio_emulator.studio.widgets.enqueue_call import EnqueueCall
from getting_started.twilio_emulator.studio.widgets.gather_input_on_call import GatherInputOnCall
from getting_started.twilio_emulator.studio.widgets.http_request import (
    MakeHttpRequest,
    RunFunction,
)
from getting_started.twilio_emulator.studio.widgets.run_subflow import RunSubflow
from getting_started.twilio_emulator.studio.widgets.say_play import SayPlay
from getting_started.twilio_emulator.studio.widgets.send_message import (
    SendAndWaitForReply,
    SendMessage,
)
from getting_started.twilio_emulator.studio.widgets.send_to_flex import SendToFlex
from getting_started.twilio_emulator.studio.widgets.set_variables import SetVariables
from getting_started.twilio_emulator.studio.widgets.split_based_on import SplitBasedOn
from getting_started.twilio_emulator.studio.widgets.twiml_redirect import AddTwimlRedirect
from studio_templates.definition import Widget

WIDGETS: dict[str, Runner] = {
    "set-variables": SetVariables(),
    "make-http-request": MakeHttpRequest(),
    "split-based-on": SplitBasedOn(),
    "send-to-flex": SendToFlex(),
    "start-conversation": StartConversation(),
    "resume-conversation": ResumeConversation(),
    "send-message": SendMessage(),
    "send-and-wait-for-reply": SendAndWaitForReply(),
    "say-play": SayPlay(),
    "gather-input-on-call": GatherInputOnCall(),
    "enqueue-call": EnqueueCall(),
    "connect-call-to": ConnectCallTo(),
    "run-function": RunFunction(),
    "run-subflow": RunSubflow(),
    "add-twiml-redirect": AddTwimlRedirect(),
    "run-conversation-relay": RunConversationRelay(),
}


def runner_of(widget: Widget) -> Runner:
    """The class that runs `widget`; an unknown type is refused by name."""
    if widget.type not in WIDGETS:
        raise ExecutionError(f"{widget.name}: no widget type '{widget.type}' is emulated")
    return WIDGETS[widget.type]
