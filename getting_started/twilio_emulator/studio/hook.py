"""The address at which calls and messages reach a flow, and come back to it.

https://www.twilio.com/docs/studio/user-guide/get-started
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from fastapi import APIRouter, Request, Response
from twilio.request_validator import RequestValidator

from getting_started.twilio_emulator.errors import TwilioError, bad_request, not_found
from getting_started.twilio_emulator.forms import read_form
from getting_started.twilio_emulator.studio.twiml import EMPTY
from getting_started.twilio_emulator.twilio import Cloud, Twilio

PRODUCT = "/webhooks"

hook = APIRouter()


@hook.api_route("/v1/Accounts/{account_sid}/Flows/{flow_sid}", methods=["GET", "POST"])
async def reach_flow(
    request: Request,
    account_sid: str,
    flow_sid: str,
    twilio: Cloud,
) -> Response:
    """`Trigger` starts an execution, `FlowEvent` continues one; the answer is TwiML."""
    posted = (await read_form(request)).to_dict()
    _check_signature(request, posted, twilio)
    if account_sid != twilio.account.sid:
        raise not_found(f"/Accounts/{account_sid}")
    query = request.query_params
    form = posted or {key: value for key, value in query.items() if key not in OWN}
    twiml = await _dispatch(twilio, flow_sid, dict(query), form)
    return Response(twiml, media_type="text/xml")


OWN = frozenset({"Trigger", "FlowEvent", "ExecutionSid", "Widget"})


async def _dispatch(
    twilio: Twilio, flow_sid: str, query: dict[str, str], form: dict[str, str]
) -> str:
    if event := query.get("FlowEvent"):
        execution_sid = query.get("ExecutionSid")
        return await twilio.studio.return_call(flow_sid, event, form, execution_sid)
    trigger = query.get("Trigger") or ("incomingCall" if "CallSid" in form else "incomingMessage")
    if trigger == "incomingCall":
        return await twilio.studio.receive_call(flow_sid, form)
    if trigger == "incomingMessage":
        await twilio.studio.receive_message(flow_sid, form)
        return EMPTY
    raise bad_request(f"There is no trigger {trigger}")


def _check_signature(request: Request, form: dict[str, str], twilio: Twilio) -> None:
    """Only the account's own requests get in; signed over the address as it was called."""
    validator = RequestValidator(twilio.account.auth_token)
    signature = request.headers.get("X-Twilio-Signature", "")
    if not any(validator.validate(url, form, signature) for url in _called_as(request)):
        raise TwilioError(403, 20003, "The request is not signed by this account")


def _called_as(request: Request) -> list[str]:
    """With and without the product's prefix, and as https: behind Twilio's host name."""
    parts = urlsplit(str(request.url))
    bare = parts._replace(path=parts.path.removeprefix(PRODUCT))
    return [
        urlunsplit(one._replace(scheme=scheme))
        for one in (parts, bare)
        for scheme in (parts.scheme, "https")
    ]
