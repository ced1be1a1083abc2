"""State and rules of Conversation Memory: stores, profiles, what is known about customers.

https://www.twilio.com/docs/conversations/memory
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from getting_started.twilio_emulator.errors import TwilioError, bad_request, not_found
from getting_started.twilio_emulator.memory.models import (
    Observation,
    ObservationRequest,
    Profile,
    RecallRequest,
    Store,
    StoreOperation,
    Summary,
    SummaryRequest,
    TraitGroup,
    TraitGroupUpdate,
    Traits,
)
from getting_started.twilio_emulator.memory.recall import recall
from getting_started.twilio_emulator.orchestrator.models import Conversation
from getting_started.twilio_emulator.pace import Operations, Views

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

MAX_STORES = 15


class MemoryStore:
    """The account's memory stores."""

    def __init__(self, twilio: Twilio) -> None:
        self.twilio = twilio
        self.stores: dict[str, Store] = {}
        self.operations: Operations[StoreOperation] = Operations(
            twilio, "memory", "mem_operation", "/v1/ControlPlane/Operations"
        )
        self._views = Views(twilio)

    # Stores

    def create_store(self, display_name: str, description: str = "") -> Store:
        if len(self.stores) >= MAX_STORES:
            raise bad_request(f"An account holds at most {MAX_STORES} memory stores")
        store = Store(
            id=self.twilio.sids.ttid("mem_store"),
            display_name=display_name,
            description=description,
            created_at=self.twilio.clock.timestamp(),
        )
        self.stores[store.id] = store
        return store

    def get_store_or_raise(self, store_id: str) -> Store:
        if store_id not in self.stores:
            raise not_found(f"/Stores/{store_id}")
        return self.stores[store_id]

    def read_store_or_raise(self, store_id: str) -> dict[str, Any]:
        """A store as shown to this reader, who may not see its last change yet."""
        store = self.stores.get(store_id)
        current = store.to_json(self.twilio.clock.timestamp()) if store else None
        return self._views.read_or_raise(store_id, current, f"/Stores/{store_id}")

    def start_operation(self, result: dict[str, Any] | None = None) -> StoreOperation:
        return self.operations.start(StoreOperation, outcome=result)

    def start_creation(self, store: Store) -> StoreOperation:
        """The store is there at once, and ACTIVE when this is COMPLETED."""
        store.creation = self.start_operation({"id": store.id})
        return store.creation

    def start_change(self, store_id: str, before: dict[str, Any]) -> StoreOperation:
        """The operation of a change that is made already; `before` is how the store was."""
        operation = self.start_operation({"id": store_id})
        self._views.change(store_id, before, operation)
        return operation

    def check_version(self, current: int, if_match: str | None) -> None:
        """`If-Match` guards an update where it is given."""
        if if_match is not None and if_match.strip('W/"') != str(current):
            raise TwilioError(412, 20412, f"The resource is at version {current}")

    # Trait groups

    def get_trait_group_or_raise(self, store_id: str, name: str) -> TraitGroup:
        groups = self.get_store_or_raise(store_id).trait_groups
        if name not in groups:
            raise not_found(f"/TraitGroups/{name}")
        return groups[name]

    def add_trait_group(self, store_id: str, group: TraitGroup) -> None:
        groups = self.get_store_or_raise(store_id).trait_groups
        if group.display_name in groups:
            raise TwilioError(409, 20409, f"Trait group {group.display_name} already exists")
        groups[group.display_name] = group

    def update_trait_group(self, store_id: str, name: str, update: TraitGroupUpdate) -> None:
        """Traits merge; an empty `dataType` removes one."""
        group = self.get_trait_group_or_raise(store_id, name)
        merged = {**group.traits, **update.traits}
        group.traits = {name: trait for name, trait in merged.items() if trait.data_type}
        group.description = update.description or group.description
        group.version += 1

    # Profiles

    def get_profile_or_raise(self, store_id: str, profile_id: str) -> Profile:
        profiles = self.get_store_or_raise(store_id).profiles
        if profile_id not in profiles:
            raise not_found(f"/Stores/{store_id}/Profiles/{profile_id}")
        return profiles[profile_id]

    def resolve_profile(self, store_id: str, channel: str, address: str) -> str | None:
        """Whose phone or e-mail address this is, known or new; None where it is neither.

        A dead store resolves nobody, silently, as at Twilio.
        """
        if store_id not in self.stores:
            return None
        number = normalize("phone", address)
        if channel != "EMAIL" and number.startswith("+"):
            return self.upsert_profile(store_id, {"Contact": {"phone": number}}).id
        if "@" in address:
            return self.upsert_profile(store_id, {"Contact": {"email": address.lower()}}).id
        return None

    def upsert_profile(self, store_id: str, traits: Traits) -> Profile:
        """By identity resolution: a known identifier finds the profile, else a new one is made."""
        store = self.get_store_or_raise(store_id)
        identifiers = _promoted(store, traits)
        if not identifiers:
            raise bad_request("The traits hold no identifier, such as Contact.phone")
        profile = next(
            (one for kind, value in identifiers for one in self.find_profiles(store, kind, value)),
            None,
        )
        if profile is None:
            profile = Profile(
                id=self.twilio.sids.ttid("mem_profile"),
                created_at=self.twilio.clock.timestamp(),
            )
            store.profiles[profile.id] = profile
        self.merge_traits(store, profile, traits)
        return profile

    def merge_traits(self, store: Store, profile: Profile, traits: Traits) -> None:
        for group, fields in traits.items():
            profile.traits.setdefault(group, {}).update(fields)
        for kind, value in _promoted(store, traits):
            self.add_identifier(profile, kind, value)

    def add_identifier(self, profile: Profile, kind: str, value: str) -> None:
        values = profile.identifiers.setdefault(kind, [])
        if normalize(kind, value) not in values:
            values.append(normalize(kind, value))

    def find_profiles(self, store: Store, kind: str, value: str) -> list[Profile]:
        wanted = normalize(kind, value)
        return [one for one in store.profiles.values() if wanted in one.identifiers.get(kind, [])]

    # Observations and summaries

    def add_observation(self, profile: Profile, request: ObservationRequest) -> Observation:
        now = self.twilio.clock.timestamp()
        observation = Observation(
            id=self.twilio.sids.ttid("mem_observation"),
            content=request.content,
            source=request.source,
            occurred_at=request.occurred_at or now,
            conversation_ids=request.conversation_ids or [],
            created_at=now,
            updated_at=now,
        )
        profile.observations[observation.id] = observation
        return observation

    def add_summary(self, profile: Profile, request: SummaryRequest) -> Summary:
        now = self.twilio.clock.timestamp()
        summary = Summary(
            id=self.twilio.sids.ttid("mem_summary"),
            content=request.content,
            conversation_id=request.conversation_id,
            occurred_at=request.occurred_at or now,
            source=request.source,
            created_at=now,
            updated_at=now,
        )
        profile.summaries[summary.id] = summary
        return summary

    def recall(self, profile: Profile, request: RecallRequest) -> dict[str, Any]:
        """What is remembered of a customer, the conversations still kept included."""
        theirs = [
            conversation
            for conversation in self.twilio.orchestrator.conversations.values()
            if any(one.profile_id == profile.id for one in conversation.participants.values())
        ]
        return {**recall(profile, request, theirs), "meta": {"queryTime": 1}}

    def extract(self, conversation: Conversation) -> None:
        """Automatic extraction after a conversation: its summary, into the customers' memory."""
        text = self.twilio.intelligence.summarize(conversation)
        store = self.stores.get(conversation.configuration.memory_store_id)
        if store is None or not text:
            return
        for customer in conversation.of_type("CUSTOMER"):
            profile = store.profiles.get(customer.profile_id or "")
            if profile:
                _forget_conversation(profile, conversation.id)
                request = SummaryRequest(
                    content=text, conversation_id=conversation.id, source="memory-extraction"
                )
                self.add_summary(profile, request)


def normalize(kind: str, value: str) -> str:
    """Phones without the prefix of a channel, e-mail addresses in lower case."""
    if kind == "phone":
        bare = value.removeprefix("whatsapp:").removeprefix("rcs:")
        return "".join(sign for sign in bare if sign not in " -().")
    return value.strip().lower() if kind == "email" else value.strip()


def _promoted(store: Store, traits: Traits) -> list[tuple[str, str]]:
    """The identifiers that these traits hold."""
    return [
        (kind, str(traits[group][trait]))
        for (group, trait), kind in store.promotions().items()
        if traits.get(group, {}).get(trait)
    ]


def _forget_conversation(profile: Profile, conversation_id: str) -> None:
    """A later extraction of one conversation takes the place of the earlier."""
    for summary in tuple(profile.summaries.values()):
        if (summary.conversation_id, summary.source) == (conversation_id, "memory-extraction"):
            del profile.summaries[summary.id]
