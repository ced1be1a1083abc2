"""HTTP of the account itself: https://www.twilio.com/docs/iam/api/account"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from getting_started.twilio_emulator.errors import not_found
from getting_started.twilio_emulator.twilio import Cloud

router = APIRouter(prefix="/2010-04-01")


@router.get("/Accounts/{account_sid}.json")
async def fetch_account(twilio: Cloud, account_sid: str) -> dict[str, Any]:
    uri = f"/2010-04-01/Accounts/{account_sid}.json"
    if account_sid != twilio.account.sid:
        raise not_found(uri)
    return {
        "sid": twilio.account.sid,
        "friendly_name": "Acme Outfitters",
        "owner_account_sid": twilio.account.sid,
        "status": "active",
        "type": "Full",
        "uri": uri,
    }
