"""Conversation Memory, driven by Twilio's library."""

from __future__ import annotations

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from getting_started.twilio_emulator.memory.models import ObservationRequest, Profile
from getting_started.twilio_emulator.memory.recall import score
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.conftest import JsonBody, Rest

PHONE = "+15550100001"


@pytest.fixture
def store_id(twilio: Twilio) -> str:
    return twilio.memory.create_store("acme").id


@pytest.fixture
def profile(twilio: Twilio, store_id: str) -> Profile:
    traits = {"Contact": {"phone": PHONE, "firstName": "Ana"}}
    return twilio.memory.upsert_profile(store_id, traits)


async def test_store_is_created_by_an_operation(twilio: Twilio, rest: Rest) -> None:
    accepted = await rest(
        lambda client: client.memory.v1.stores.create(
            service_request=JsonBody({"displayName": "acme", "description": "Acme"})
        )
    )

    operation_id = accepted.status_url.rsplit("/", 1)[1]
    operation = await rest(lambda client: client.memory.v1.operations(operation_id).fetch())
    store = await rest(lambda client: client.memory.v1.stores(operation.result["id"]).fetch())

    assert (operation.status, store.status, store.display_name) == ("COMPLETED", "ACTIVE", "acme")


async def test_profile_is_found_again(rest: Rest, store_id: str) -> None:
    traits = {"traits": {"Contact": {"phone": PHONE}}}
    first, second = [
        await rest(
            lambda client: client.memory.v1.profiles(store_id).create(profile_data=JsonBody(traits))
        )
        for _attempt in range(2)
    ]

    assert first.id == second.id


@pytest.mark.parametrize(
    ("id_type", "value", "is_found"),
    [
        ("phone", PHONE, True),
        ("phone", "+1 (555) 010-0001", True),
        ("phone", f"whatsapp:{PHONE}", True),
        ("phone", "+15550100009", False),
        ("email", PHONE, False),
    ],
)
async def test_lookup_answers_ids(
    rest: Rest, store_id: str, profile: Profile, id_type: str, value: str, is_found: bool
) -> None:
    found = await rest(
        lambda client: client.memory.v1.lookup(store_id).create(
            JsonBody({"idType": id_type, "value": value})
        )
    )

    assert found.profiles == ([profile.id] if is_found else [])


async def test_profile_without_identifier_is_refused(rest: Rest, store_id: str) -> None:
    with pytest.raises(TwilioRestException) as refusal:
        await rest(
            lambda client: client.memory.v1.profiles(store_id).create(
                profile_data=JsonBody({"traits": {"Contact": {"firstName": "Ana"}}})
            )
        )

    assert refusal.value.status == 400


async def test_profile_shows_the_groups_asked_for(
    rest: Rest, twilio: Twilio, store_id: str, profile: Profile
) -> None:
    twilio.memory.merge_traits(
        twilio.memory.stores[store_id], profile, {"Preferences": {"language": "en"}}
    )

    found = await rest(
        lambda client: client.memory.v1.profiles(store_id, profile.id).fetch(
            trait_groups="Preferences"
        )
    )

    assert found.traits == {"Preferences": {"language": "en"}}


async def test_promoted_trait_identifies(rest: Rest, twilio: Twilio, store_id: str) -> None:
    group = {
        "displayName": "Account",
        "traits": {"number": {"dataType": "STRING", "idTypePromotion": "account"}},
    }
    await rest(
        lambda client: client.memory.v1.trait_groups(store_id).create(
            trait_group_request=JsonBody(group)
        )
    )

    profile = twilio.memory.upsert_profile(store_id, {"Account": {"number": "A-17"}})

    found = twilio.memory.find_profiles(twilio.memory.stores[store_id], "account", "A-17")
    assert found == [profile]


async def test_observations_and_summaries_are_kept(
    rest: Rest, store_id: str, profile: Profile
) -> None:
    observation = {"content": "prefers email", "source": "agent", "conversationIds": ["conv_1"]}
    await rest(
        lambda client: client.memory.v1.observations(store_id, profile.id).create(
            create_observations_request=JsonBody({"observations": [observation]})
        )
    )
    await rest(
        lambda client: client.memory.v1.conversation_summaries(store_id, profile.id).create(
            create_summaries_request=JsonBody(
                {"summaries": [{"content": "Asked about a parcel.", "conversationId": "conv_1"}]}
            )
        )
    )

    observations = await rest(
        lambda client: client.memory.v1.observations(store_id, profile.id).list(source="agent")
    )
    summaries = await rest(
        lambda client: client.memory.v1.conversation_summaries(store_id, profile.id).list()
    )

    assert [one.content for one in observations] == ["prefers email"]
    assert [one.content for one in summaries] == ["Asked about a parcel."]


async def recall(rest: Rest, store_id: str, profile: Profile, **question: Any) -> list[str]:
    found = await rest(
        lambda client: client.memory.v1.recall(store_id, profile.id).create(
            memory_retrieval_request=JsonBody(question)
        )
    )
    return [one["content"] for one in found.observations]


@pytest.mark.parametrize(
    ("question", "recalled"),
    [
        ({"query": "delivery address"}, ["wants delivery to her office address", "likes tea"]),
        (
            {"query": "delivery address", "observationsLimit": 1},
            ["wants delivery to her office address"],
        ),
        (
            {"query": "delivery", "relevanceThreshold": 0.5},
            ["wants delivery to her office address"],
        ),
        ({}, ["likes tea", "wants delivery to her office address"]),
        ({"observationsLimit": 0}, []),
    ],
)
async def test_recall_ranks_by_shared_words(
    twilio: Twilio,
    rest: Rest,
    store_id: str,
    profile: Profile,
    question: dict[str, Any],
    recalled: list[str],
) -> None:
    for content in ("wants delivery to her office address", "likes tea"):
        twilio.clock.advance(1)
        twilio.memory.add_observation(profile, ObservationRequest(content=content))

    assert await recall(rest, store_id, profile, **question) == recalled


@pytest.mark.parametrize(
    ("query", "content", "points"),
    [
        ("late parcel", "The parcel was late.", 1.0),
        ("late parcel", "likes parcels", 0.0),
        ("", "a", 0.0),
    ],
)
def test_score_is_the_part_of_words_shared(query: str, content: str, points: float) -> None:
    assert score(query, content) == points


@pytest.mark.parametrize(
    ("channel", "address", "is_known"),
    [
        ("SMS", PHONE, True),
        ("WHATSAPP", f"whatsapp:{PHONE}", True),
        ("CHAT", "ana@example.org", True),
        ("CHAT", "guest-17", False),
    ],
)
def test_phones_and_emails_have_profiles(
    twilio: Twilio, store_id: str, channel: str, address: str, is_known: bool
) -> None:
    found = twilio.memory.resolve_profile(store_id, channel, address)

    assert (found is not None) is is_known
    assert found == twilio.memory.resolve_profile(store_id, channel, address)


def test_dead_store_resolves_nobody(twilio: Twilio) -> None:
    assert twilio.memory.resolve_profile("mem_store_gone", "SMS", PHONE) is None
