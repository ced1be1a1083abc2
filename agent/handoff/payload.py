"""What the human's side receives: the handoff payload, cut to what Flex can carry.

The flow copies the attributes into Send To Flex, which takes at most 1,024 characters
(https://www.twilio.com/docs/studio/widget-library/send-flex); the ids and the flow's own fields
need about 300 of them.
"""

from __future__ import annotations

import json
import secrets
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.errors import HandoffError

ATTRIBUTES_BUDGET = 700
CUT_MARK = "…"
_CUT_ORDER = {"summary": 0, "reason": 80}
"""What is cut, in this order, and how much of it is left at least, in characters of JSON."""
PAYLOAD_VERSION = 1
TASK_HANDOFF_ID = "handoffId"
"""The attribute by which the handoff of a task is found."""
_RESERVED = {"conversationId", "storeId", "profileId", TASK_HANDOFF_ID, "type", "name"}


def _is_empty(value: str) -> bool:
    """What seldom is there takes no room on the wire when it is not."""
    return not value


class ReasonCode(StrEnum):
    """Why a human is needed, for routing and reports."""

    CUSTOMER_REQUEST = "customer_request"
    CANNOT_RESOLVE = "cannot_resolve"
    COMPLAINT = "complaint"
    BILLING = "billing"
    TECHNICAL = "technical"
    SAFETY = "safety"
    OTHER = "other"


class Escalation(BaseModel):
    """Hand this conversation over to a human colleague. Call it once, when the customer asks for
    a person or when you cannot or must not help; then do as it says. Call it again only with the
    customer's choice."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(
        min_length=1, description="Why the customer needs a human, in one plain sentence."
    )
    reason_code: ReasonCode = Field(
        default=ReasonCode.OTHER, description="The kind of reason, for routing."
    )
    summary: str = Field(
        default="",
        description="What was asked, what was tried and what was found, in two or three sentences.",
    )
    urgency: Literal["low", "normal", "high"] = Field(
        default="normal", description="How soon a human is needed."
    )
    department: str = Field(
        default="",
        max_length=40,
        pattern=r"^[^\x00-\x1f]*$",
        description="The department that fits best, such as billing; empty if unsure.",
    )
    customer_choice: Literal["", "callback", "ticket", "wait"] = Field(
        default="",
        exclude_if=_is_empty,
        description="What the customer chose when this tool had said that nobody is there: to be "
        "called back, to have the request passed on, or to wait. Otherwise empty.",
    )
    callback_number: str = Field(
        default="",
        exclude_if=_is_empty,
        pattern=r"^(\+[1-9]\d{6,14})?$",
        description="For a call back: the number, as +15550100001, if the customer named one.",
    )


class HandoffAttributes(Escalation):
    """The escalation, the handoff's own id, and what the application adds under other names."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    handoff_id: str = Field(alias=TASK_HANDOFF_ID)


class HandoffPayload(BaseModel):
    """The payload on the wire: `{"conversationId","storeId","profileId","attributes":{...}}`."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    conversation_id: str = Field(alias="conversationId")
    memory_store_id: str = Field(alias="storeId")
    profile_id: str = Field(alias="profileId", description="Empty when the customer is unknown.")
    attributes: HandoffAttributes

    @property
    def handoff_id(self) -> str:
        return self.attributes.handoff_id

    @property
    def language(self) -> str:
        """That of the customer, as de-DE; empty where it is not known."""
        language = (self.attributes.model_extra or {}).get("language")
        return language if isinstance(language, str) else ""

    def with_new_id(self) -> HandoffPayload:
        """The same, for another attempt."""
        attributes = self.attributes.model_copy(update={"handoff_id": new_handoff_id()})
        return self.model_copy(update={"attributes": attributes})

    def to_wire(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True)

    def to_task_attributes(self) -> dict[str, Any]:
        """All in one level, as the flow puts it on a task."""
        wire = self.to_wire()
        attributes: dict[str, Any] = wire.pop("attributes")
        return wire | attributes

    def to_json(self) -> str:
        """Compact JSON with `attributes` last: the flow's voice branch relies on both."""
        return json.dumps(self.to_wire(), separators=(",", ":"), ensure_ascii=False)


def new_handoff_id() -> str:
    return f"handoff_{secrets.token_hex(8)}"


def build_attributes(
    escalation: Escalation, added: dict[str, Any], *, handoff_id: str
) -> HandoffAttributes:
    """The escalation and the application's attributes, within the budget: routing reads the latter
    and the department, so they are never cut.

    Raises HandoffError when an added attribute has a reserved name, is no JSON value, or when the
    added attributes alone are too large.
    """
    try:
        json.dumps(added, allow_nan=False)
        attributes = HandoffAttributes.model_validate(
            {**escalation.model_dump(), "handoff_id": handoff_id, **_apart(added)}
        )
    except (TypeError, ValueError) as error:
        raise HandoffError(f"The attributes of the handoff cannot be used: {error}") from None
    return _fit(attributes)


def _apart(added: dict[str, Any]) -> dict[str, Any]:
    """The added attributes but those whose names the model's words have."""
    if taken := _RESERVED & set(added):
        names = ", ".join(sorted(taken))
        raise ValueError(f"they may not be named {names}: these names are set by us")
    return {name: value for name, value in added.items() if name not in Escalation.model_fields}


def check_attributes(added: dict[str, Any]) -> None:
    """Whether they fit beside any escalation. Raises HandoffError as `build_attributes` does."""
    largest = Escalation(
        reason="x" * _CUT_ORDER["reason"],
        reason_code=ReasonCode.CUSTOMER_REQUEST,
        summary="x" * ATTRIBUTES_BUDGET,
        urgency="normal",
        department='"' * 40,
        customer_choice="callback",
        callback_number="+" + "1" * 15,
    )
    build_attributes(largest, {"language": "en-US", **added}, handoff_id=new_handoff_id())


def _fit(attributes: HandoffAttributes) -> HandoffAttributes:
    """Cut the model's long texts until the attributes are within the budget."""
    for field, least in _CUT_ORDER.items():
        excess = _size(attributes) - ATTRIBUTES_BUDGET
        if excess <= 0:
            return attributes
        text = getattr(attributes, field)
        cut = _cut_to_size(text, max(_json_size(text) - excess, least))
        attributes = attributes.model_copy(update={field: cut})
    if _size(attributes) > ATTRIBUTES_BUDGET:
        raise HandoffError(
            f"The attributes added to the handoff take too much room: with a reason cut short they "
            f"are {_size(attributes)} characters of JSON, {ATTRIBUTES_BUDGET} fit"
        )
    return attributes


def _cut_to_size(text: str, size: int) -> str:
    """The start of `text` whose JSON is at most `size` characters, ended at a word and marked."""
    if _json_size(text) <= size:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if _json_size(text[:middle] + CUT_MARK) <= size:
            low = middle
        else:
            high = middle - 1
    kept = text[:low]
    at_word = kept.rpartition(" ")[0].rstrip(" ,;:.")
    return (at_word or kept) + CUT_MARK


def _size(attributes: HandoffAttributes) -> int:
    return _json_size(attributes.model_dump(mode="json", by_alias=True))


def _json_size(value: object) -> int:
    """UTF-16 units of JSON as the flow renders it: `é` is one, an emoji two."""
    return len(json.dumps(value, ensure_ascii=False).encode("utf-16-le")) // 2
