"""Requests and deliveries where engine, database or the application's own code fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.conversation import Conversation
from agent.errors import HandoffError
from agent.handoff.attempts import Tried
from agent.handoff.call_delivery import CallDelivery
from agent.handoff.call_off import CallOff
from agent.handoff.delivery import Handoffs
from agent.handoff.delivery_steps import DeliverySteps
from agent.handoff.payload import Escalation
from agent.handoff.reasons import Way
from agent.handoff.record import HandoffRecord
from agent.handoff.requests import HandoffRequests
from agent.history import History
from agent.phrases import ENGLISH, Words
from agent.settings import load_settings
from agent.store.database import connect, migrate
from agent.store.handoffs import HandoffStore
from agent.store.tables import metadata
from agent.twilio_api.flex import FlexClient
from agent.twilio_api.http import ClientPool
from agent.twilio_api.orchestrator import OrchestratorClient
from agent.twilio_api.studio import StudioClient
from agent.twilio_api.taskrouter import TaskRouterClient
from tests.environment import COMPLETE

NOWHERE = "http://127.0.0.1:1"
SETTINGS = load_settings({**COMPLETE, "AGENT_HANDOFF_ATTRIBUTES": '{"tier": "gold"}'})


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[HandoffStore]:
    url = f"sqlite:///{tmp_path}/agent.db"
    await migrate(url)
    engine = connect(url)
    yield HandoffStore(engine)
    await engine.dispose()


@pytest.fixture
def handoffs(store: HandoffStore) -> Handoffs:
    """Nothing delivers them."""
    pool = ClientPool("", "")
    flex = FlexClient(pool, NOWHERE)
    studio, taskrouter = StudioClient(pool, NOWHERE, "FW1"), TaskRouterClient(pool, NOWHERE, flex)
    return Handoffs(
        store,
        OrchestratorClient(pool, NOWHERE, "conv_configuration_1"),
        call_off=CallOff(store, studio, taskrouter, flex),
        settings=SETTINGS,
    )


@pytest.fixture
def delivery(store: HandoffStore) -> CallDelivery:
    orchestrator = OrchestratorClient(ClientPool("", ""), NOWHERE, "conv_configuration_1")
    return CallDelivery(store, orchestrator)


@pytest.fixture
def requests(
    store: HandoffStore, handoffs: Handoffs, request: pytest.FixtureRequest
) -> HandoffRequests:
    """The parameter is what is computed for the attributes."""
    compute = getattr(request, "param", dict)
    return HandoffRequests(
        store,
        handoffs,
        memory_store_id="mem_store_1",
        add_attributes=lambda _conversation: compute(),
        settings=SETTINGS,
    )


def open_conversation(channel: str) -> Conversation:
    return Conversation(
        id="CA1",
        channel="VOICE" if channel == "VOICE" else "CHAT",
        thread="CA1",
        customer_address="ana",
        agent_address="ai-assistant",
        history=History(turns=3),
    )


@pytest.mark.parametrize(
    ("requests", "attributes"),
    [
        pytest.param(lambda: {"crm": "C-7"}, {"tier": "gold", "crm": "C-7"}, id="they fit"),
        pytest.param(lambda: {"crm": "C-7" * 200}, {"tier": "gold"}, id="too much room"),
        pytest.param(lambda: {"type": "mine"}, {"tier": "gold"}, id="a name of ours"),
        pytest.param(lambda: {"one": 1 / 0}, {"tier": "gold"}, id="not computed"),
    ],
    indirect=["requests"],
)
async def test_computed_attributes_are_there_whole_or_not_at_all(
    requests: HandoffRequests, attributes: dict[str, str]
) -> None:
    escalation = Escalation(reason="a reason", summary="word " * 200)

    record = await requests.request(open_conversation("CHAT"), escalation)

    assert record.payload.attributes.model_extra == attributes


class BrokenWay:
    """It fails in a way that nobody has thought of."""

    way = Way.TICKET
    can_find = False

    def can_take(self, record: HandoffRecord) -> bool:
        return True

    async def send(self, record: HandoffRecord) -> str:
        raise ZeroDivisionError

    async def find(self, record: HandoffRecord) -> str | None:
        return None


async def test_way_that_breaks_holds_no_conversation(
    store: HandoffStore, requests: HandoffRequests
) -> None:
    async def tell(_record: HandoffRecord, _words: Words) -> None: ...

    orchestrator = OrchestratorClient(ClientPool("", ""), "http://127.0.0.1:1", "")
    steps = DeliverySteps(store, [BrokenWay()], orchestrator, tell, retry_seconds=0)
    record = await requests.request(open_conversation("CHAT"), Escalation(reason="a reason"))
    await steps.begin(record.id)

    _way, _made, failure, detail, *_ = await steps.go(record.id, Way.TICKET, Tried())

    assert (failure, detail) == ("outcome_unknown", "ZeroDivisionError()")
    assert await steps.fail(record.id, failure, detail)


async def test_delivery_that_cannot_begin_is_told(
    handoffs: Handoffs, requests: HandoffRequests
) -> None:
    conversation = open_conversation("CHAT")
    await requests.request(conversation, Escalation(reason="a reason"))
    told: list[str] = []

    async def tell(_record: HandoffRecord, words: Words) -> None:
        told.append(words(ENGLISH))

    assert await handoffs.deliver_to_studio(conversation, tell) is False
    assert told == [ENGLISH.unsure]
    assert conversation.handoff is None


async def test_call_ends_even_without_a_database(
    store: HandoffStore, delivery: CallDelivery, requests: HandoffRequests
) -> None:
    conversation = open_conversation("VOICE")
    await requests.request(conversation, Escalation(reason="a reason"))
    async with store._engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
    sent: list[str] = []

    async def send_end(payload: str) -> None:
        sent.append(payload)

    await delivery.deliver(conversation, send_end)
    await delivery.finish()

    assert len(sent) == 1


async def test_caller_who_left_is_noted(
    store: HandoffStore, delivery: CallDelivery, requests: HandoffRequests
) -> None:
    conversation = open_conversation("VOICE")
    record = await requests.request(conversation, Escalation(reason="a reason"))

    async def send_end(_payload: str) -> None:
        raise HandoffError("The caller left")

    await delivery.deliver(conversation, send_end)

    found = await store.get(record.id)
    assert found
    assert (found.state, found.failure) == ("failed", "caller_left")


async def test_conversation_unknown_to_orchestrator_is_not_set_inactive(
    delivery: CallDelivery, requests: HandoffRequests, caplog: pytest.LogCaptureFixture
) -> None:
    conversation = open_conversation("VOICE")
    await requests.request(conversation, Escalation(reason="a reason"))

    assert await delivery.take_pending(conversation.thread)
    await delivery.finish()

    assert "INACTIVE" not in caplog.text
