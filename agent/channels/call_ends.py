"""What becomes of a call whose session has ended, where the flow does not decide it.

https://www.twilio.com/docs/voice/twiml/enqueue
"""

from __future__ import annotations

import base64
import hmac
import json
import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ValidationError
from twilio.twiml.voice_response import VoiceResponse

from agent.conversation import Conversations
from agent.handoff.call_delivery import CallDelivery
from agent.handoff.payload import HandoffPayload
from agent.handoff.reasons import ARRIVALS, MEANINGS, Arrival, FailureReason, Way
from agent.handoff.requests import HandoffRequests
from agent.phrases import Phrases, phrases_for
from agent.settings import Settings
from agent.twilio_api.calls import OVER

logger = logging.getLogger(__name__)

FLOW_USER = "studio"
NOT_TAKEN = {"leave", "error", "queue-full", "system-error"}
UNAVAILABLE = {"reason": "virtual agent unavailable", "reason_code": "technical"}


class CallEnded(StrEnum):
    """Why the agent ended a call by itself: handoff data that leads to nobody."""

    SILENCE = "silence"
    LIMIT = "limit"

    def to_json(self) -> str:
        """What the flow's splits know by its beginning."""
        return json.dumps({"callEnded": self.value}, separators=(",", ":"))


@dataclass(frozen=True)
class Reconnect:
    """The agent once more, with these first words in a language; `is_last`: not a third time."""

    greeting: str
    language: str
    is_last: bool


class CallEnds:
    """Decides between a person, the agent once more, and nothing where the caller is gone."""

    def __init__(
        self,
        settings: Settings,
        conversations: Conversations,
        *,
        delivery: CallDelivery,
        requests: HandoffRequests,
    ) -> None:
        self._workflow_sid = settings.flex_workflow_sid
        self._action_url = settings.public_url + settings.action_path
        self._usual_language = settings.usual_language
        self._conversations = conversations
        self._delivery = delivery
        self._requests = requests

    async def answer(self, form: dict[str, str], *, is_second: bool) -> VoiceResponse | Reconnect:
        """What the call does next; `is_second`: the agent was offered again already."""
        if form.get("CallStatus") in OVER:
            return VoiceResponse()
        if form.get("HandoffData") in [reason.to_json() for reason in CallEnded]:
            return _hang_up()
        if "QueueResult" in form:
            return await self._after_queue(form)
        if payload := _read_payload(form):
            return await self._hand_over(form, payload, VoiceResponse())
        call_sid = form.get("CallSid", "")
        if payload := await self._take_pending(call_sid):
            phrases = self._phrases(call_sid, payload.language)
            return await self._hand_over(form, payload, _say(phrases, phrases.connecting_call))
        phrases = self._phrases(call_sid)
        if not is_second:
            return Reconnect(phrases.cut_off, phrases.language, is_last=True)
        if self._workflow_sid:
            return self._enqueue(form, UNAVAILABLE, _say(phrases, phrases.agent_unavailable))
        return _say_goodbye(phrases, phrases.nobody_there)

    def _phrases(self, call_sid: str, language: str = "") -> Phrases:
        """In what the caller hears; `language` is what was noted of them, for when they have been
        forgotten."""
        conversation = self._conversations.find(call_sid)
        if conversation:
            return conversation.phrases
        return phrases_for(language or self._usual_language)

    async def take_pending(self, call_sid: str) -> HandoffPayload | None:
        """The handoff that this call's session was to end with; it is given once."""
        return await self._delivery.take_pending(call_sid)

    async def _take_pending(self, call_sid: str) -> HandoffPayload | None:
        """Without its record the caller is still served."""
        try:
            return await self.take_pending(call_sid)
        except Exception:
            logger.exception("Whether %s was to be handed over is unknown", call_sid)
            return None

    async def _hand_over(
        self, form: dict[str, str], payload: HandoffPayload, response: VoiceResponse
    ) -> VoiceResponse | Reconnect:
        if self._workflow_sid:
            return self._enqueue(form, payload.to_task_attributes(), response)
        return await self._stay(form.get("CallSid", ""))

    async def _stay(self, call_sid: str) -> Reconnect:
        """No workflow leads to a person: the caller is told so and keeps the agent."""
        reason = FailureReason.NO_WORKFLOW
        logger.error("Call %s reaches nobody: %s", call_sid, MEANINGS[reason].operator)
        if conversation := self._conversations.find(call_sid):
            conversation.handoff = None
        phrases, arrival = await self._go_elsewhere(call_sid, reason)
        hears = arrival.customer_hears if arrival else MEANINGS[reason].customer_hears
        return Reconnect(hears(phrases), phrases.language, is_last=False)

    async def _after_queue(self, form: dict[str, str]) -> VoiceResponse:
        if form["QueueResult"] not in NOT_TAKEN:
            return _hang_up()
        return _say_goodbye(*await self.arrange_next_step(form.get("CallSid", "")))

    async def arrange_next_step(self, call_sid: str) -> tuple[Phrases, str]:
        """What a caller hears whom no queue took, and which phrases it is from: what was arranged
        instead, once, or that nothing was."""
        phrases, arrival = await self._go_elsewhere(call_sid, FailureReason.NOT_QUEUED)
        return phrases, arrival.caller_hears(phrases) if arrival else phrases.nobody_there

    async def _go_elsewhere(
        self, call_sid: str, reason: FailureReason
    ) -> tuple[Phrases, Arrival | None]:
        """What the caller gets instead of a human; whatever fails, the call goes on."""
        try:
            record = await self._requests.go_elsewhere(call_sid, reason)
        except Exception:
            logger.exception("What comes next for call %s is unknown", call_sid)
            record = None
        phrases = self._phrases(call_sid, record.payload.language if record else "")
        next_step = record.next_step if record else ""
        return phrases, ARRIVALS[Way(next_step)] if next_step else None

    def _enqueue(
        self, form: dict[str, str], attributes: dict[str, Any], response: VoiceResponse
    ) -> VoiceResponse:
        is_ours = form.get("Direction", "").startswith("outbound")
        caller = {
            "type": "outbound" if is_ours else "inbound",
            "name": form.get("To" if is_ours else "From", ""),
        }
        queue = response.enqueue(None, workflow_sid=self._workflow_sid, action=self._action_url)
        queue.task(json.dumps(caller | attributes, ensure_ascii=False, separators=(",", ":")))
        return response


def is_studio(authorization: str, secret: str) -> bool:
    """Whether this is the flow's Basic authorization; compared in constant time."""
    expected = base64.b64encode(f"{FLOW_USER}:{secret}".encode())
    scheme, _, given = authorization.partition(" ")
    is_same = hmac.compare_digest(given.strip().encode(), expected)
    return is_same and scheme.lower() == "basic"


def _read_payload(form: dict[str, str]) -> HandoffPayload | None:
    """The payload that our `end` carried; None where it is none."""
    text = form.get("HandoffData", "")
    if not text:
        return None
    try:
        return HandoffPayload.model_validate_json(text)
    except ValidationError as error:
        logger.error("Call %s: no handoff data: %s", form.get("CallSid"), error.error_count())
        return None


def _say(phrases: Phrases, words: str) -> VoiceResponse:
    response = VoiceResponse()
    response.say(words, language=phrases.language)
    return response


def _say_goodbye(phrases: Phrases, words: str) -> VoiceResponse:
    response = _say(phrases, words)
    response.hangup()
    return response


def _hang_up() -> VoiceResponse:
    response = VoiceResponse()
    response.hangup()
    return response
