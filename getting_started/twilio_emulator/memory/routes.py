"""HTTP of Conversation Memory.

https://www.twilio.com/docs/conversations/memory
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request

from getting_started.twilio_emulator.errors import bad_request, not_found
from getting_started.twilio_emulator.forms import to_token_page
from getting_started.twilio_emulator.memory.models import (
    IdentifierRequest,
    IdentifierUpdate,
    LookupRequest,
    Observation,
    ObservationRequest,
    ObservationsRequest,
    Profile,
    ProfileRequest,
    RecallRequest,
    Store,
    StoreRequest,
    StoreUpdate,
    SummariesRequest,
    Summary,
    SummaryRequest,
    TraitGroup,
    TraitGroupUpdate,
)
from getting_started.twilio_emulator.memory.store import normalize
from getting_started.twilio_emulator.twilio import Cloud
from getting_started.twilio_emulator.wire import Body, parse, without_null

router = APIRouter(prefix="/v1")
IfMatch = Annotated[str | None, Header(alias="If-Match")]
QUEUED = {"message": "Request accepted"}


async def find_store(twilio: Cloud, store_id: str) -> Store:
    return twilio.memory.get_store_or_raise(store_id)


async def find_profile(twilio: Cloud, store_id: str, profile_id: str) -> Profile:
    return twilio.memory.get_profile_or_raise(store_id, profile_id)


FoundStore = Annotated[Store, Depends(find_store)]
FoundProfile = Annotated[Profile, Depends(find_profile)]

STORES = "/ControlPlane/Stores"
PROFILES = "/Stores/{store_id}/Profiles"
PROFILE = PROFILES + "/{profile_id}"


@router.post(STORES, status_code=202)
async def create_store(twilio: Cloud, body: Body) -> dict[str, Any]:
    request = parse(StoreRequest, without_null(body))
    store = twilio.memory.create_store(request.display_name, request.description)
    return twilio.memory.start_creation(store).to_accepted()


@router.get(STORES)
async def list_stores(twilio: Cloud, request: Request) -> dict[str, Any]:
    """The ids alone, as the API answers."""
    return _to_page(request, "stores", list(twilio.memory.stores))


@router.get(STORES + "/{store_id}")
async def fetch_store(twilio: Cloud, store_id: str) -> dict[str, Any]:
    """Asked while it is being made, a store comes nearer to ACTIVE."""
    shown = twilio.memory.read_store_or_raise(store_id)
    store = twilio.memory.stores.get(store_id)
    if store and store.creation:
        store.creation.read()
    return shown


@router.patch(STORES + "/{store_id}", status_code=202)
async def update_store(
    twilio: Cloud, store: FoundStore, body: Body, if_match: IfMatch = None
) -> dict[str, Any]:
    twilio.memory.check_version(store.version, if_match)
    update = parse(StoreUpdate, body)
    before = store.to_json(twilio.clock.timestamp())
    store.display_name = update.display_name or store.display_name
    store.description = store.description if update.description is None else update.description
    store.version += 1
    return twilio.memory.start_change(store.id, before).to_accepted()


@router.delete(STORES + "/{store_id}", status_code=202)
async def delete_store(twilio: Cloud, store: FoundStore) -> dict[str, Any]:
    del twilio.memory.stores[store.id]
    return twilio.memory.start_operation().to_accepted()


@router.get("/ControlPlane/Operations/{operation_id}")
async def fetch_operation(twilio: Cloud, operation_id: str) -> dict[str, Any]:
    return twilio.memory.operations.read_or_raise(operation_id).to_json()


@router.post(STORES + "/{store_id}/TraitGroups", status_code=202)
async def create_trait_group(twilio: Cloud, store: FoundStore, body: Body) -> dict[str, Any]:
    twilio.memory.add_trait_group(store.id, parse(TraitGroup, without_null(body)))
    return twilio.memory.start_operation().to_accepted()


@router.get(STORES + "/{store_id}/TraitGroups")
async def list_trait_groups(store: FoundStore, request: Request) -> dict[str, Any]:
    groups = [group.to_json() for group in store.trait_groups.values()]
    return to_token_page(request, "traitGroups", groups)


@router.get(STORES + "/{store_id}/TraitGroups/{name}")
async def fetch_trait_group(twilio: Cloud, store_id: str, name: str) -> dict[str, Any]:
    return {"traitGroup": twilio.memory.get_trait_group_or_raise(store_id, name).to_json()}


@router.patch(STORES + "/{store_id}/TraitGroups/{name}", status_code=202)
async def update_trait_group(
    twilio: Cloud, store_id: str, name: str, body: Body, if_match: IfMatch = None
) -> dict[str, Any]:
    group = twilio.memory.get_trait_group_or_raise(store_id, name)
    twilio.memory.check_version(group.version, if_match)
    update = parse(TraitGroupUpdate, without_null(body))
    twilio.memory.update_trait_group(store_id, name, update)
    return twilio.memory.start_operation().to_accepted()


@router.delete(STORES + "/{store_id}/TraitGroups/{name}", status_code=202)
async def delete_trait_group(twilio: Cloud, store: FoundStore, name: str) -> dict[str, Any]:
    twilio.memory.get_trait_group_or_raise(store.id, name)
    del store.trait_groups[name]
    return twilio.memory.start_operation().to_accepted()


@router.get(STORES + "/{store_id}/IdentityResolutionSettings")
async def fetch_identity_settings(store: FoundStore) -> dict[str, Any]:
    return store.identity_settings


@router.put(STORES + "/{store_id}/IdentityResolutionSettings", status_code=202)
async def update_identity_settings(
    twilio: Cloud, store: FoundStore, body: Body, if_match: IfMatch = None
) -> dict[str, Any]:
    version = store.identity_settings["version"]
    twilio.memory.check_version(version, if_match)
    store.identity_settings = {
        "identifierConfigs": body.get("identifierConfigs") or [],
        "matchingRules": body.get("matchingRules") or [],
        "version": version + 1,
    }
    return twilio.memory.start_operation().to_accepted()


@router.post(PROFILES, status_code=202)
async def create_profile(twilio: Cloud, store: FoundStore, body: Body) -> dict[str, Any]:
    profile = twilio.memory.upsert_profile(store.id, parse(ProfileRequest, body).traits)
    return {**QUEUED, "id": profile.id}


@router.get(PROFILES)
async def list_profiles(store: FoundStore, request: Request) -> dict[str, Any]:
    return _to_page(request, "profiles", list(store.profiles))


@router.post(PROFILES + "/Lookup")
async def lookup_profiles(twilio: Cloud, store: FoundStore, body: Body) -> dict[str, Any]:
    request = parse(LookupRequest, body)
    found = twilio.memory.find_profiles(store, request.id_type, request.value)
    return {
        "normalizedValue": normalize(request.id_type, request.value),
        "profiles": [profile.id for profile in found],
    }


@router.get(PROFILE)
async def fetch_profile(profile: FoundProfile, request: Request) -> dict[str, Any]:
    groups = request.query_params.get("traitGroups")
    return profile.to_json(groups.split(",") if groups else None)


@router.patch(PROFILE, status_code=202)
async def update_profile(
    twilio: Cloud, store: FoundStore, profile: FoundProfile, body: Body
) -> dict[str, Any]:
    twilio.memory.merge_traits(store, profile, parse(ProfileRequest, body).traits)
    return {**QUEUED, "id": profile.id}


@router.delete(PROFILE, status_code=202)
async def delete_profile(store: FoundStore, profile: FoundProfile) -> dict[str, Any]:
    del store.profiles[profile.id]
    return QUEUED


@router.get(PROFILE + "/Traits")
async def list_traits(profile: FoundProfile, request: Request) -> dict[str, Any]:
    groups = request.query_params.get("traitGroups")
    traits = [
        {"name": name, "value": value, "traitGroup": group, "timestamp": profile.created_at}
        for group, fields in profile.traits.items()
        for name, value in fields.items()
        if not groups or group in groups.split(",")
    ]
    return to_token_page(request, "traits", traits)


@router.get(PROFILE + "/Identifiers")
async def list_identifiers(profile: FoundProfile, request: Request) -> dict[str, Any]:
    found = [_to_identifier(profile, kind) for kind in profile.identifiers]
    return to_token_page(request, "identifiers", found)


@router.post(PROFILE + "/Identifiers", status_code=202)
async def create_identifier(twilio: Cloud, profile: FoundProfile, body: Body) -> dict[str, Any]:
    request = parse(IdentifierRequest, body)
    twilio.memory.add_identifier(profile, request.id_type, request.value)
    return QUEUED


@router.get(PROFILE + "/Identifiers/{id_type}")
async def fetch_identifier(profile: FoundProfile, id_type: str) -> dict[str, Any]:
    if id_type not in profile.identifiers:
        raise not_found(f"/Identifiers/{id_type}")
    return _to_identifier(profile, id_type)


@router.patch(PROFILE + "/Identifiers/{id_type}", status_code=202)
async def update_identifier(profile: FoundProfile, id_type: str, body: Body) -> dict[str, Any]:
    update = parse(IdentifierUpdate, body)
    values = profile.identifiers.get(id_type, [])
    old = normalize(id_type, update.old_value)
    if old not in values:
        raise not_found(f"/Identifiers/{id_type} with that value")
    values[values.index(old)] = normalize(id_type, update.new_value)
    return QUEUED


@router.delete(PROFILE + "/Identifiers/{id_type}", status_code=202)
async def delete_identifier(
    profile: FoundProfile, id_type: str, request: Request
) -> dict[str, Any]:
    if (
        request.query_params.get("removeAll") != "true"
        and len(profile.identifiers.get(id_type, [])) > 1
    ):
        raise bad_request("The identifier has several values; give removeAll=true")
    profile.identifiers.pop(id_type, None)
    return QUEUED


@router.post(PROFILE + "/Observations", status_code=202)
async def create_observations(twilio: Cloud, profile: FoundProfile, body: Body) -> dict[str, Any]:
    for observation in parse(ObservationsRequest, body).observations:
        twilio.memory.add_observation(profile, observation)
    return QUEUED


@router.get(PROFILE + "/Observations")
async def list_observations(profile: FoundProfile, request: Request) -> dict[str, Any]:
    query = request.query_params
    found = [
        observation.to_json()
        for observation in profile.observations.values()
        if query.get("source") in (None, observation.source)
        and (
            "conversationId" not in query or query["conversationId"] in observation.conversation_ids
        )
        and observation.created_at > query.get("createdAfter", "")
        and observation.created_at < query.get("createdBefore", "9999")
    ]
    return to_token_page(request, "observations", found)


@router.get(PROFILE + "/Observations/{observation_id}")
async def fetch_observation(profile: FoundProfile, observation_id: str) -> dict[str, Any]:
    return _observation_or_raise(profile, observation_id).to_json()


@router.patch(PROFILE + "/Observations/{observation_id}", status_code=202)
async def update_observation(
    twilio: Cloud, profile: FoundProfile, observation_id: str, body: Body
) -> dict[str, Any]:
    observation = _observation_or_raise(profile, observation_id)
    changed = {**observation.to_json(), **without_null(body)}
    observation.content = parse(ObservationRequest, changed).content
    observation.updated_at = twilio.clock.timestamp()
    return QUEUED


@router.delete(PROFILE + "/Observations/{observation_id}", status_code=202)
async def delete_observation(profile: FoundProfile, observation_id: str) -> dict[str, Any]:
    del profile.observations[_observation_or_raise(profile, observation_id).id]
    return QUEUED


@router.post(PROFILE + "/ConversationSummaries", status_code=202)
async def create_summaries(twilio: Cloud, profile: FoundProfile, body: Body) -> dict[str, Any]:
    for summary in parse(SummariesRequest, body).summaries:
        twilio.memory.add_summary(profile, summary)
    return QUEUED


@router.get(PROFILE + "/ConversationSummaries")
async def list_summaries(profile: FoundProfile, request: Request) -> dict[str, Any]:
    conversation_id = request.query_params.get("conversationId")
    found = [
        summary.to_json()
        for summary in profile.summaries.values()
        if conversation_id in (None, summary.conversation_id)
    ]
    return to_token_page(request, "summaries", found)


@router.get(PROFILE + "/ConversationSummaries/{summary_id}")
async def fetch_summary(profile: FoundProfile, summary_id: str) -> dict[str, Any]:
    return _summary_or_raise(profile, summary_id).to_json()


@router.patch(PROFILE + "/ConversationSummaries/{summary_id}", status_code=202)
async def update_summary(
    twilio: Cloud, profile: FoundProfile, summary_id: str, body: Body
) -> dict[str, Any]:
    summary = _summary_or_raise(profile, summary_id)
    summary.content = parse(SummaryRequest, {**summary.to_json(), **without_null(body)}).content
    summary.updated_at = twilio.clock.timestamp()
    return QUEUED


@router.delete(PROFILE + "/ConversationSummaries/{summary_id}", status_code=202)
async def delete_summary(profile: FoundProfile, summary_id: str) -> dict[str, Any]:
    del profile.summaries[_summary_or_raise(profile, summary_id).id]
    return QUEUED


@router.post(PROFILE + "/Recall")
async def recall(twilio: Cloud, profile: FoundProfile, body: Body) -> dict[str, Any]:
    return twilio.memory.recall(profile, parse(RecallRequest, without_null(body)))


def _observation_or_raise(profile: Profile, observation_id: str) -> Observation:
    if observation_id not in profile.observations:
        raise not_found(f"/Observations/{observation_id}")
    return profile.observations[observation_id]


def _summary_or_raise(profile: Profile, summary_id: str) -> Summary:
    if summary_id not in profile.summaries:
        raise not_found(f"/ConversationSummaries/{summary_id}")
    return profile.summaries[summary_id]


def _to_identifier(profile: Profile, id_type: str) -> dict[str, Any]:
    return {"idType": id_type, "values": profile.identifiers[id_type]}


def _to_page(request: Request, key: str, ids: list[str]) -> dict[str, Any]:
    """A page of bare ids."""
    page = to_token_page(request, key, [{"id": one} for one in ids])
    return {**page, key: [one["id"] for one in page[key]]}
