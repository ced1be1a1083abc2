"""The phone number: who answers its calls, and who where the agent cannot.

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from agent.twilio_api.studio import flow_hook
from getting_started.setup.account import Account, Json
from getting_started.setup.lookup import describe_flow
from getting_started.setup.resource import Action, Change, Known, compare

TWIML_PATH = "/twiml"
FIELDS = {
    "voiceUrl": "voice_url",
    "voiceMethod": "voice_method",
    "voiceFallbackUrl": "voice_fallback_url",
    "voiceFallbackMethod": "voice_fallback_method",
    "voiceApplicationSid": "voice_application_sid",
    "trunkSid": "trunk_sid",
    "smsUrl": "sms_url",
    "smsApplicationSid": "sms_application_sid",
}
"""What is read, kept and written, and how the library calls it."""
_STUDIO = re.compile(r"/v1/Accounts/AC\w{32}/Flows/(FW\w{32})")


class PhoneNumber:
    """Calls are answered by the agent; while it cannot be reached, by the flow that has a human.

    A TwiML application or a trunk would go before the URL, so it leaves. Where messages to the
    number start a flow of their own, they no longer do: the chat service brings them.
    """

    name = "phone-number"
    needs: tuple[str, ...] = ("conversation-configuration", "studio-flow")

    def plan(self, account: Account, known: Known) -> Change:
        wanted = account.settings.phone_number
        found = account.client.incoming_phone_numbers.list(phone_number=wanted)
        number = next((one for one in found if one.phone_number == wanted), None)
        if number is None:
            reason = f"the account has no number {wanted}: set TWILIO_PHONE_NUMBER to one it has"
            return Change(
                resource=self.name, action=Action.BLOCKED, title=f"number {wanted}", reason=reason
            )
        current = _to_json(number)
        return _change(
            account, current, {**_settings(current), **_desired(account, known, current)}
        )

    def apply(self, account: Account, change: Change) -> Known:
        fields = {FIELDS[name]: value for name, value in change.desired.items()}
        account.client.incoming_phone_numbers(change.id).update(**fields)
        return {}

    def restore(self, account: Account, backup: Json) -> Change:
        number = account.client.incoming_phone_numbers(backup["sid"]).fetch()
        return _change(account, _to_json(number), _settings(backup))


def _desired(account: Account, known: Known, current: Json) -> Json:
    desired = {
        "voiceUrl": account.public_url + TWIML_PATH,
        "voiceMethod": "POST",
        "voiceApplicationSid": "",
        "trunkSid": "",
    }
    if flow_sid := known.get("handoff_flow_sid") or account.given("handoff_flow_sid"):
        desired["voiceFallbackUrl"] = flow_hook(account.settings, flow_sid)
        desired["voiceFallbackMethod"] = "POST"
    if _STUDIO.search(current["smsUrl"]):
        desired["smsUrl"] = ""
    return desired


def _to_json(number: Any) -> Json:
    values = {name: getattr(number, attribute) or "" for name, attribute in FIELDS.items()}
    return {"sid": number.sid, "phoneNumber": number.phone_number, **values}


def _settings(number: Json) -> Json:
    return {name: number[name] for name in FIELDS}


def _without_empty(settings: Json) -> Json:
    return {name: value or None for name, value in settings.items()}


def _change(account: Account, current: Json, desired: Json) -> Change:
    differences = compare(_without_empty(_settings(current)), _without_empty(desired))
    changed = {one.field for one in differences}
    return Change(
        resource=PhoneNumber.name,
        action=Action.CHANGE if differences else Action.KEEP,
        title=f"number {current['phoneNumber']}",
        id=current["sid"],
        differences=differences,
        cuts=tuple(_cuts(account, current, changed)),
        current=current,
        desired={name: desired[name] for name in desired if name in changed},
    )


def _cuts(account: Account, current: Json, changed: set[str]) -> Iterator[str]:
    """In words, what stops working."""
    number = current["phoneNumber"]
    for field, what in (
        ("trunkSid", "calls to {0} no longer go to trunk {1}"),
        ("voiceApplicationSid", "calls to {0} no longer go to TwiML application {1}"),
        ("voiceUrl", "calls to {0} no longer go to {1}"),
        ("voiceFallbackUrl", "calls to {0} no longer fall back to {1}"),
        ("smsUrl", "messages to {0} no longer go to {1}"),
    ):
        if field in changed and current[field]:
            flow = _STUDIO.search(current[field])
            yield what.format(number, describe_flow(account, flow[1]) if flow else current[field])
