"""Every check, by what it is about, in the order in which they are shown."""

from __future__ import annotations

from getting_started.doctor.check import Check, Group, warning
from getting_started.doctor.checks import (
    account,
    conversations,
    desk,
    machine,
    model,
    reach,
    studio,
)
from getting_started.doctor.checks.planned import ANY, exists, kept
from getting_started.setup.checklist import ITEMS

MACHINE = Group(
    "This machine",
    (
        Check("settings", "Credentials and public address are given", machine.is_readable),
        Check(
            "settings-complete",
            "Nothing else is missing in the settings",
            machine.is_complete,
            ("settings",),
        ),
        Check("agent-connect", "Twilio Agent Connect is the release needed", machine.is_tested_sdk),
        Check(
            "opening-hours",
            "Opening hours and time zone make sense",
            machine.opens_sometime,
            ("settings",),
        ),
        Check(
            "database",
            "The database answers, with today's tables",
            machine.is_database_there,
            ("settings",),
        ),
    ),
)

ACCOUNT = Group(
    "Account",
    (
        Check(
            "auth-token", "The auth token is the account's", account.is_token_good, ("settings",)
        ),
        Check("api-key", "The API key is good", account.is_key_good, ("settings",)),
        Check("clock", "The clock is right", account.is_clock_right, ("settings",)),
    ),
)

REACH = Group(
    "Public address",
    (
        Check(
            "public-url", "The agent answers at its public address", reach.is_reached, ("settings",)
        ),
        Check(
            "signed-request",
            "A signed request gets in",
            reach.takes_signed,
            ("public-url", "auth-token"),
        ),
        Check(
            "unsigned-request",
            "A request that Twilio did not sign is refused",
            reach.refuses_unsigned,
            ("public-url",),
        ),
        Check(
            "socket", "The socket of calls opens", reach.takes_socket, ("public-url", "auth-token")
        ),
    ),
)

_CONFIGURATION = "conversation-configuration"


def _configured(name: str, title: str, fields: str, why: str, well: str, *needs: str) -> Check:
    needs = (_CONFIGURATION, *needs)
    return kept(name, title, _CONFIGURATION, fields, why, well, needs=needs)


CONVERSATIONS = Group(
    "Conversations",
    (
        Check(
            "memory-store",
            "There is an active memory store",
            conversations.has_memory,
            ("api-key",),
            setup="memory-store",
        ),
        Check(
            "memory-numbers",
            "Customers are known by their phone number",
            conversations.knows_numbers,
            ("memory-store",),
        ),
        Check(
            "summary-rules",
            "Two Summary rules: conversation ended, moved to inactive",
            exists("intelligence"),
            ("api-key",),
            setup="intelligence",
        ),
        Check(
            _CONFIGURATION,
            "The conversation configuration exists",
            exists(_CONFIGURATION),
            ("api-key",),
            setup=_CONFIGURATION,
        ),
        _configured(
            "status-callback",
            "The agent is told of conversations",
            r"statusCallbacks\b.*",
            "messages do not reach the agent, or two agents answer",
            "{url}/webhook",
        ),
        _configured(
            "capture-rules",
            "Nothing is captured twice",
            r"channelSettings\.\w+\.captureRules\b.*",
            "ConversationRelay or the chat service brings this already: doubled, and billed twice",
            "no capture rules beside ConversationRelay and the chat service",
        ),
        _configured(
            "voice-close",
            "A voice conversation closes on hang-up",
            r"channelSettings\.VOICE(\.statusTimeouts\b.*)?",
            "a call's conversation does not close with the call, so that its summary is late",
            'voice has no time-outs: "On hangup"',
        ),
        _configured(
            "bridge",
            "Flex's chat service is connected",
            r"conversationsV1Bridge\b.*",
            "messages and chats do not get from the agent to Flex",
            "{current[conversationsV1Bridge][serviceId]}",
        ),
        _configured(
            "memory-linked",
            "The configuration has the memory store",
            r"memoryStoreId",
            "customers are not recognized",
            "{current[memoryStoreId]}",
        ),
        _configured(
            "summaries-linked",
            "The configuration has the Summary rules",
            r"intelligenceConfigurationIds\b.*",
            "no summary is written for the human",
            "{current[intelligenceConfigurationIds][0]}",
            "summary-rules",
        ),
    ),
)

DESK = Group(
    "Flex and TaskRouter",
    (
        Check("flex", "There is a workspace for humans", desk.is_flex_there, ("api-key",)),
        Check("flex-ui", "Flex UI is 2.17.1 or later", desk.shows_summaries, ("api-key",)),
        Check(
            "workflow",
            "The workflow exists, and calls and chats have a task channel",
            exists("taskrouter"),
            ("flex",),
            setup="taskrouter",
        ),
        kept(
            "default-filter",
            "The workflow takes whatever no filter matches",
            "taskrouter",
            r"task_routing\b.*",
            "tasks that match no filter are lost",
            "it has a default filter",
            needs=("workflow",),
        ),
        Check("workers", "A human is there", desk.has_workers, ("flex",)),
        Check("callbacks", "The workflow of callbacks exists", desk.takes_callbacks, ("flex",)),
        kept(
            "event-callback",
            "The agent is told of tasks",
            "event-callback",
            ANY,
            "the agent does not learn that a human has taken over, or has ended",
            "{url}/taskrouter/events",
            needs=("workflow",),
        ),
    ),
)

STUDIO = Group(
    "Studio",
    (
        Check(
            "flow",
            "The handoff flow exists",
            exists("studio-flow"),
            ("workflow",),
            setup="studio-flow",
        ),
        Check(
            "flow-published",
            "It is valid and published",
            studio.is_published,
            ("flow",),
            setup="studio-flow",
        ),
        kept(
            "flow-template",
            "It is what the template says",
            "studio-flow",
            r"(?!status$).*",
            "the published flow (-) is not what the template (+) gives for this account",
            "no differences",
            needs=("flow", "auth-token"),
        ),
    ),
)

NUMBERS = Group(
    "Numbers and addresses",
    (
        Check(
            "number",
            "The account has the number",
            exists("phone-number"),
            ("api-key",),
            setup="phone-number",
        ),
        kept(
            "calls",
            "Calls are answered by the agent",
            "phone-number",
            r"voice(Url|Method|ApplicationSid)|trunkSid",
            "calls go elsewhere",
            "{url}/twiml",
            needs=("number",),
        ),
        kept(
            "calls-fallback",
            "Calls reach a human while the agent cannot be reached",
            "phone-number",
            r"voiceFallback.*",
            "callers hear an error while the agent is away",
            "the handoff flow is the fallback",
            needs=("number", "flow"),
            tell=warning,
        ),
        kept(
            "messages",
            "Messages to the number start no flow of their own",
            "phone-number",
            r"sms.*",
            "messages go elsewhere",
            "none",
            needs=("number",),
        ),
        kept(
            "addresses",
            "Senders lead to the chat service, not to a flow or webhook",
            "messaging-addresses",
            ANY,
            "messages do not reach the agent",
            "every sender of the settings",
            needs=(_CONFIGURATION, "number"),
        ),
        kept(
            "chat-address",
            "Web chats lead to the chat service",
            "chat-address",
            ANY,
            "the web chat's address leads elsewhere",
            "a visitor's message gets to the agent",
            needs=(_CONFIGURATION,),
            tell=warning,
        ),
    ),
)

MODEL = Group(
    "Language model",
    (
        Check("model", "The model answers", model.answers, ("settings",)),
        Check(
            "fallback-model", "The fallback model answers", model.fallback_answers, ("settings",)
        ),
    ),
)

CHECKLIST = Group(
    "Done by a person",
    tuple(
        Check(item.name, item.what, machine.is_confirmed(item), ("settings",))
        for item in ITEMS
        if item.name != "flex-ui"
    ),
)

GROUPS = (MACHINE, ACCOUNT, REACH, CONVERSATIONS, DESK, STUDIO, NUMBERS, MODEL, CHECKLIST)
CHECKS = tuple(check for group in GROUPS for check in group.checks)
"""Each after those that it needs."""
NAMES = tuple(check.name for check in CHECKS)
