"""Make HTTP Request and Run Function: real requests, ten seconds at most.

https://www.twilio.com/docs/studio/widget-library/http-request
https://www.twilio.com/docs/studio/widget-library/run-function
"""

from __future__ import annotations

import re
from typing import Any

import httpx

from getting_started.twilio_emulator.studio.widgets.base import Outcome, Runner, Visit

_PASSWORD = re.compile(r":[^/@:]*@")
FORM = "application/x-www-form-urlencoded;charset=utf-8"


class MakeHttpRequest(Runner):
    """GET or POST; `parsed` holds the body where the answer is JSON."""

    async def enter(self, visit: Visit) -> Outcome:
        parameters = visit.pairs()
        method = visit.text("method").upper()
        if method not in {"GET", "POST"} or "method" in parameters:
            await visit.alert("81014: the method must be GET or POST, and no parameter's name")
            return "failed"
        answer = await _send(visit, method, parameters)
        return "success" if answer is not None and answer.is_success else "failed"


class RunFunction(Runner):
    """A POST of the parameters to the function's address."""

    async def enter(self, visit: Visit) -> Outcome:
        answer = await _send(visit, "POST", visit.pairs())
        return "success" if answer is not None and answer.status_code < 400 else "fail"


async def _send(visit: Visit, method: str, parameters: dict[str, str]) -> httpx.Response | None:
    """The answer, put into the widget's outputs; None and no outputs when there was none."""
    visit.put({})
    seconds = visit.twilio.studio.http_seconds
    url, content = visit.text("url"), _content(visit, method, parameters)
    try:
        answer = await visit.twilio.outgoing.request(method, url, timeout=seconds, **content)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        shown = _PASSWORD.sub(":***@", url)
        await visit.alert(f"{method} {shown}: {type(error).__name__}: {error}")
        return None
    visit.put(_to_outputs(answer))
    return answer


def _content(visit: Visit, method: str, parameters: dict[str, str]) -> dict[str, Any]:
    headers: dict[str, str] = {}
    arguments: dict[str, Any] = {"headers": headers}
    if visit.text("add_twilio_auth", "send_twilio_credentials") == "true":
        arguments["auth"] = (visit.execution.account_sid, visit.twilio.account.auth_token)
    if method == "GET":
        return {**arguments, "params": parameters} if parameters else arguments
    body = visit.text("body")
    if body:
        headers["Content-Type"] = visit.text("content_type", default=FORM)
        return {**arguments, "content": body.encode()}
    return {**arguments, "data": parameters}


def _to_outputs(answer: httpx.Response) -> dict[str, Any]:
    content_type = answer.headers.get("content-type", "")
    outputs = {
        "body": answer.text,
        "content_type": content_type,
        "status_code": answer.status_code,
    }
    if content_type.partition(";")[0].strip() == "application/json":
        try:
            outputs["parsed"] = answer.json()
        except ValueError:
            return outputs  # it said JSON and sent none
    return outputs
