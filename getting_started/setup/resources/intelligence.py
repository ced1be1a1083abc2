"""The Conversation Intelligence configuration: it writes the summary that the human reads.

https://www.twilio.com/docs/conversations/intelligence/define-rules
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from getting_started.setup.account import Account, Json, JsonBody
from getting_started.setup.errors import SetupError
from getting_started.setup.lookup import find_conversation_configuration
from getting_started.setup.resource import PENDING, Action, Change, Known, compare

NAME = "virtual-agent-summary"
SUMMARY = "intelligence_operator_01kcv35pnkeysaf6z6cqtbpegn"
"""The operator Summary, which Twilio wrote; its id is the same in every account."""
TRIGGERS = ("CONVERSATION_END", "CONVERSATION_INACTIVE")


class Intelligence:
    """Two Summary rules: at the end of a conversation, and when a handoff makes it inactive.

    An updated configuration may stop working (field report), so a wrong one is never changed: a
    new one takes its place in the conversation configuration.
    """

    name = "intelligence"
    needs: tuple[str, ...] = ()

    def plan(self, account: Account, known: Known) -> Change:
        configuration = find_conversation_configuration(account) or {}
        linked = configuration.get("intelligenceConfigurationIds") or []
        found, outdated = find_summaries(account, linked)
        if found is not None:
            return _change(Action.KEEP, found.display_name, found.id)
        name = _free_name(outdated)
        desired = {
            "displayName": name,
            "description": "The summary that a human reads when a conversation is handed over",
            "rules": [
                {"operators": [{"id": SUMMARY}], "triggers": [{"on": trigger}], "actions": []}
                for trigger in TRIGGERS
            ],
        }
        return _change(
            Action.CREATE,
            name,
            PENDING,
            desired=desired,
            differences=compare({}, desired),
            reason=_why_new(outdated),
        )

    def apply(self, account: Account, change: Change) -> Known:
        configurations = account.client.intelligence.v3.configurations
        made = configurations.create(JsonBody(change.desired))

        def listed() -> str | None:
            return next((one.id for one in configurations.list() if one.id == made.id), None)

        return {"intelligence_configuration_id": account.wait(listed, change.title)}

    def restore(self, account: Account, backup: Json) -> Change:
        raise SetupError(
            "An intelligence configuration is never changed, so there is nothing to put back"
        )


def find_summaries(account: Account, linked: Collection[str]) -> tuple[Any | None, list[Any]]:
    """The configuration with both rules, a `linked` one first; and those of ours without them."""
    listed = account.client.intelligence.v3.configurations.list()
    listed.sort(key=lambda one: one.id not in linked)
    ours = [one for one in listed if one.display_name.startswith(NAME)]
    candidates = [*(one for one in listed if one.id in linked), *ours]
    found = next((one for one in candidates if _is_complete(one)), None)
    return found, [one for one in ours if not _is_complete(one)]


def _is_complete(configuration: Any) -> bool:
    summarized = {
        trigger["on"]
        for rule in configuration.rules or []
        if any(operator["id"] == SUMMARY for operator in rule["operators"])
        for trigger in rule["triggers"] or []
    }
    return summarized.issuperset(TRIGGERS)


def _free_name(outdated: Collection[Any]) -> str:
    return f"{NAME}-{len(outdated) + 1}" if outdated else NAME


def _why_new(outdated: Collection[Any]) -> str:
    names = ", ".join(one.display_name for one in outdated)
    return f"{names} lacks a Summary rule; once replaced you can delete it" if outdated else ""


def _change(action: Action, name: str, configuration_id: str, **more: Any) -> Change:
    return Change(
        resource=Intelligence.name,
        action=action,
        title=f'intelligence configuration "{name}"',
        id=configuration_id,
        ids={"intelligence_configuration_id": configuration_id},
        **more,
    )
