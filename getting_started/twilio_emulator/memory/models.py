"""Shapes of Conversation Memory v1.

https://www.twilio.com/docs/conversations/memory
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field

from getting_started.twilio_emulator.pace import Operation
from getting_started.twilio_emulator.wire import Wire

Traits = dict[str, dict[str, Any]]


class StoreRequest(Wire):
    display_name: str = Field(pattern=r"^[a-zA-Z0-9-]+$")
    description: str = Field(default="", max_length=128)


class StoreUpdate(Wire):
    display_name: str | None = Field(default=None, pattern=r"^[a-zA-Z0-9-]+$")
    description: str | None = Field(default=None, max_length=128)


class Trait(Wire):
    data_type: Literal["STRING", "NUMBER", "BOOLEAN", "ARRAY", ""]
    description: str | None = None
    validation_rule: dict[str, Any] | None = None
    id_type_promotion: str | None = None


class TraitGroup(Wire):
    display_name: str
    description: str | None = None
    traits: dict[str, Trait] = Field(default_factory=dict)
    version: int = 1


class TraitGroupUpdate(Wire):
    description: str | None = None
    traits: dict[str, Trait] = Field(default_factory=dict)


class ProfileRequest(Wire):
    traits: Traits


class LookupRequest(Wire):
    id_type: str = Field(min_length=2, max_length=30)
    value: str = Field(max_length=255)


class IdentifierRequest(Wire):
    id_type: str = Field(min_length=2, max_length=30)
    value: str = Field(max_length=255)


class IdentifierUpdate(Wire):
    old_value: str
    new_value: str


class ObservationRequest(Wire):
    content: str = Field(min_length=1, max_length=4096)
    source: str = Field(default="api", max_length=100)
    occurred_at: str | None = None
    conversation_ids: list[str] | None = None


class ObservationsRequest(Wire):
    observations: list[ObservationRequest] = Field(min_length=1, max_length=10)


class Observation(Wire):
    id: str
    content: str
    source: str
    occurred_at: str
    conversation_ids: list[str]
    created_at: str
    updated_at: str


class SummaryRequest(Wire):
    content: str = Field(min_length=1)
    conversation_id: str | None = None
    occurred_at: str | None = None
    source: str | None = None


class SummariesRequest(Wire):
    summaries: list[SummaryRequest] = Field(min_length=1, max_length=10)


class Summary(Wire):
    id: str
    content: str
    conversation_id: str | None
    occurred_at: str
    source: str | None
    created_at: str
    updated_at: str


class RecallRequest(Wire):
    conversation_id: str | None = None
    query: str | None = Field(default=None, min_length=1, max_length=1024)
    begin_date: str | None = None
    end_date: str | None = None
    observations_limit: int = Field(default=20, ge=0, le=100)
    summaries_limit: int = Field(default=5, ge=0, le=100)
    communications_limit: int = Field(default=0, ge=0, le=100)
    relevance_threshold: float = Field(default=0.0, ge=0.0, le=1.0)


@dataclass(kw_only=True)
class Profile:
    """A customer (mem_profile_...): traits by group, identifiers by type, what is remembered."""

    id: str
    created_at: str
    traits: Traits = field(default_factory=dict)
    identifiers: dict[str, list[str]] = field(default_factory=dict)
    observations: dict[str, Observation] = field(default_factory=dict)
    summaries: dict[str, Summary] = field(default_factory=dict)

    def to_json(self, trait_groups: list[str] | None = None) -> dict[str, Any]:
        traits = {
            group: fields
            for group, fields in self.traits.items()
            if trait_groups is None or group in trait_groups
        }
        return {"id": self.id, "createdAt": self.created_at, "traits": traits}


def _contact_group() -> TraitGroup:
    """The group a store is born with: what identity resolution needs."""
    return TraitGroup(
        display_name="Contact",
        description="How to reach the customer",
        traits={
            "phone": Trait(data_type="STRING", id_type_promotion="phone"),
            "email": Trait(data_type="STRING", id_type_promotion="email"),
            "firstName": Trait(data_type="STRING"),
            "lastName": Trait(data_type="STRING"),
        },
    )


def _identity_settings() -> dict[str, Any]:
    configs = [
        {
            "idType": id_type,
            "matchingAlgo": "exact",
            "matchingThreshold": 100,
            "limit": 10,
            "limitPolicy": "fifo",
            "enforceUnique": True,
            "normalization": id_type,
        }
        for id_type in ("phone", "email")
    ]
    return {"identifierConfigs": configs, "matchingRules": [], "version": 1}


class StoreOperation(Operation):
    """A change of a store or of what is in it; says what came of it once it is COMPLETED."""

    outcome: dict[str, Any] | None = Field(default=None, exclude=True)

    def to_json(self) -> dict[str, Any]:
        result = None if self.is_pending else self.outcome
        return {**super().to_json(), "result": result, "resultUrl": None}

    def to_accepted(self) -> dict[str, Any]:
        return {"message": "Request accepted", "statusUrl": self.status_url}


@dataclass(kw_only=True)
class Store:
    """A memory store (mem_store_...) with its profiles."""

    id: str
    display_name: str
    description: str
    created_at: str
    version: int = 1
    creation: StoreOperation | None = None
    profiles: dict[str, Profile] = field(default_factory=dict)
    trait_groups: dict[str, TraitGroup] = field(
        default_factory=lambda: {"Contact": _contact_group()}
    )
    identity_settings: dict[str, Any] = field(default_factory=_identity_settings)

    @property
    def status(self) -> str:
        if self.creation is None or not self.creation.is_pending:
            return "ACTIVE"
        return "QUEUED" if self.creation.is_queued else "PROVISIONING"

    def promotions(self) -> dict[tuple[str, str], str]:
        """(group, trait) to the identifier type it feeds."""
        return {
            (name, trait): definition.id_type_promotion
            for name, group in self.trait_groups.items()
            for trait, definition in group.traits.items()
            if definition.id_type_promotion
        }

    def to_json(self, now: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "displayName": self.display_name,
            "description": self.description,
            "status": self.status,
            "intelligenceServiceId": None,
            "version": self.version,
            "dataAsOf": now,
        }
