"""The account: whether its keys are good, and whether Twilio's clock and ours agree.

https://www.twilio.com/docs/iam/api/account
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from agent.settings import variable_of
from getting_started.doctor.check import Finding, failed, ok, warning
from getting_started.doctor.examination import Examination

KEYS = "console.twilio.com: Account > API keys & tokens"
SKEW_SECONDS = 10
WRONG_SECONDS = 300


def is_token_good(examination: Examination) -> Finding:
    """The auth token is the account's: with it requests from Twilio are told from others."""
    settings = examination.settings
    url = settings.twilio_url("api") + f"/2010-04-01/Accounts/{settings.account_sid}.json"
    login = (settings.account_sid, settings.auth_token.get_secret_value())
    answer = examination.http.get(url, auth=login)
    if answer.status_code in (401, 403, 404):
        reason = (
            f"Twilio answers {answer.status_code} to account SID and auth token: no webhook "
            "can be told from a forged one"
        )
        remedy = f"copy both to .env from {KEYS}"
        return failed(reason, settings.account_sid, remedy=remedy)
    account = answer.raise_for_status().json()
    if account["status"] != "active":
        reason = f"the account is {account['status']}"
        return failed(reason, settings.account_sid, remedy="console.twilio.com: Account > Billing")
    if account["type"] == "Trial":
        reason = "a trial account reaches verified numbers alone"
        return warning(reason, settings.account_sid, remedy="console.twilio.com: Upgrade")
    return ok(f"{settings.account_sid} is active")


def is_key_good(examination: Examination) -> Finding:
    """The API key is the account's, and may read."""
    key, secret = (variable_of(name) for name in ("api_key", "api_secret"))
    answer = examination.answer_to_key()
    given = examination.environment.get(key, "")
    if answer.status_code in (401, 403):
        reason = f"Twilio answers {answer.status_code} to {key} and {secret}"
        remedy = f"{KEYS}: create a standard key, and put both into .env"
        return failed(reason, given, remedy=remedy)
    if answer.status_code != 200:
        reason = f"Twilio answers {answer.status_code} where the numbers are listed"
        return failed(reason, remedy="uv run agent doctor  (once more)")
    if not given:
        return warning(
            f"{key} is not set: looked with the auth token", remedy=f"{KEYS}: create one"
        )
    return ok(f"{given} is good")


def is_clock_right(examination: Examination) -> Finding:
    """This machine's clock agrees with Twilio's: chat tokens are good only at their time."""
    told = examination.answer_to_key().headers.get("Date")
    if not told:
        return warning("Twilio did not tell the time", remedy="compare it with time.is")
    skew = (datetime.now(UTC) - parsedate_to_datetime(told)).total_seconds()
    if abs(skew) < SKEW_SECONDS:
        return ok("within a few seconds of Twilio's")
    reason = (
        f"this machine is {abs(skew):.0f} seconds {'ahead of' if skew > 0 else 'behind'} Twilio"
    )
    evidence = f"Twilio: {told}"
    remedy = "sudo timedatectl set-ntp true"
    if abs(skew) < WRONG_SECONDS:
        return warning(reason, evidence, remedy=remedy)
    return failed(reason, evidence, remedy=remedy)
