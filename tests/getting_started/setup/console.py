"""What somebody does to the account in Twilio Console."""

from __future__ import annotations

from typing import Any

import httpx

from getting_started.setup.resources.intelligence import SUMMARY
from getting_started.twilio_emulator.intelligence.models import ConfigurationRequest
from getting_started.twilio_emulator.twilio import Twilio

BY_ADDRESS = "GROUP_BY_PARTICIPANT_ADDRESSES"


def empty(twilio: Twilio) -> Twilio:
    """Throw everything away."""
    httpx.post(f"{twilio.base_url}/_emulator/reset", trust_env=False).raise_for_status()
    return twilio


def write_configuration(twilio: Twilio, **fields: Any) -> None:
    """Change the one conversation configuration."""
    [configuration] = twilio.orchestrator.configurations.values()
    twilio.orchestrator.control_plane.merge(configuration.id, fields)


def add_configuration(twilio: Twilio, **fields: Any) -> str:
    """Another conversation configuration, with a memory store of its own; gives its id."""
    store = twilio.memory.create_store("acme-customers")
    links = {"memoryStoreId": store.id, "conversationGroupingType": BY_ADDRESS}
    return twilio.orchestrator.create_configuration({**links, **fields}).id


def add_intelligence(twilio: Twilio, name: str, *triggers: str) -> str:
    """An intelligence configuration with these Summary rules; gives its id."""
    rules = [{"operators": [{"id": SUMMARY}], "triggers": [{"on": one}]} for one in triggers]
    body = {"displayName": name, "description": "", "rules": rules}
    request = ConfigurationRequest.model_validate(body)
    return twilio.intelligence.create_configuration(request).id
