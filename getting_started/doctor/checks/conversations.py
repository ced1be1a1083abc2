"""What the conversation configuration builds on.

https://www.twilio.com/docs/conversations/memory
"""

from __future__ import annotations

from twilio.base.exceptions import TwilioException

from agent.twilio_api.rest import refusal_of
from getting_started.doctor.check import Finding, failed, ok, warning
from getting_started.doctor.checks.planned import exists
from getting_started.doctor.examination import Examination
from getting_started.setup.account import Json

STORE = "memory-store"


def has_memory(examination: Examination) -> Finding:
    """The memory store is ACTIVE: before, customers are silently not recognized."""
    finding = exists(STORE)(examination)
    change = examination.plan(STORE)
    status = change.current.get("status", "ACTIVE")
    if not finding.is_met or status == "ACTIVE":
        return finding
    return failed(f"{change.title} is {status}", change.id, remedy="look again in some minutes")


def knows_numbers(examination: Examination) -> Finding:
    """The trait of the phone number identifies a profile, so that callers are recognized."""
    settings = examination.settings
    group, name = settings.memory_phone_trait_group, settings.memory_phone_trait_field
    store_id = examination.plan(STORE).id
    promoted = _fetch_traits(examination, store_id, group).get(name, {}).get("idTypePromotion")
    if promoted:
        return ok(f"{group}.{name} identifies by {promoted}")
    reason = f"{group}.{name} does not identify a profile: customers are not recognized"
    remedy = (
        f"console.twilio.com: Conversations > Memory stores > Trait groups: give {group} a trait "
        f"{name} that is an identifier, or name yours by TWILIO_MEMORY_PHONE_TRAIT_GROUP and _FIELD"
    )
    return warning(reason, store_id, remedy=remedy)


def _fetch_traits(examination: Examination, store_id: str, group: str) -> Json:
    account = examination.account
    path = f"/ControlPlane/Stores/{store_id}/TraitGroups/{group}?includeTraits=true"
    try:
        fetched = account.fetch(account.client.memory.v1, path)
    except TwilioException as error:
        refusal = refusal_of(error)
        if refusal is None or refusal.status != 404:
            raise
        return {}
    traits: Json = (fetched.get("traitGroup") or {}).get("traits") or {}
    return traits
