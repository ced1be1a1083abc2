"""Each thing that can be wrong turns its own line, and no other."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from getting_started.demo_model.faults import Fault as ModelFault
from getting_started.doctor.check import Status
from getting_started.twilio_emulator.faults import Fault
from getting_started.twilio_emulator.orchestrator.models import ChannelSettings
from tests.getting_started.doctor.world import World, names_of

ELSEWHERE = "https://crm.example.org"
STORE = {"displayName": "virtual-agent", "status": "PROVISIONING"}
FAILED, WARNING = Status.FAILED, Status.WARNING
Break = Callable[[World], AbstractContextManager[Mapping[str, str] | None]]


def only(things: Mapping[str, Any]) -> Any:
    """The one thing that there is."""
    [thing] = things.values()
    return thing


@contextmanager
def changed(thing: Any, **values: Any) -> Iterator[None]:
    before = {name: getattr(thing, name) for name in values}
    for name, value in values.items():
        setattr(thing, name, value)
    yield
    for name, value in before.items():
        setattr(thing, name, value)


@contextmanager
def gone(things: dict[str, Any]) -> Iterator[None]:
    """None of the things is there."""
    before = dict(things)
    things.clear()
    yield
    things.update(before)


@contextmanager
def told(**environment: str) -> Iterator[Mapping[str, str]]:
    """The settings say something else."""
    yield environment


@contextmanager
def faulty(world: World, **fault: Any) -> Iterator[None]:
    world.twilio.faults.add(Fault(**fault))
    yield
    world.twilio.faults.clear()


@contextmanager
def model_fault(world: World, **fault: Any) -> Iterator[None]:
    world.model.faults.add(ModelFault(**fault))
    yield
    world.model.faults.clear()


@contextmanager
def late(world: World, seconds: float) -> Iterator[None]:
    world.twilio.clock.advance(seconds)
    yield
    world.twilio.clock.advance(-seconds)


def configured(world: World, **values: Any) -> AbstractContextManager[None]:
    return changed(only(world.twilio.orchestrator.configurations), **values)


def channel(world: World, name: str, **settings: Any) -> AbstractContextManager[None]:
    channels = only(world.twilio.orchestrator.configurations).channel_settings
    new = ChannelSettings.model_validate(settings)
    return configured(world, channel_settings={**channels, name: new})


def flow(world: World, **values: Any) -> AbstractContextManager[None]:
    found = only(world.twilio.studio.flows.flows)
    return changed(found, revisions=[replace(found.latest, **values)])


def drafted(world: World) -> AbstractContextManager[None]:
    """Somebody has saved what does not run yet."""
    found = only(world.twilio.studio.flows.flows)
    draft = replace(found.latest, status="draft", number=found.latest.number + 1)
    return changed(found, revisions=[found.latest, draft])


def edited(world: World) -> AbstractContextManager[None]:
    definition = only(world.twilio.studio.flows.flows).latest.definition
    text = json.dumps(definition).replace('"priority": "0"', '"priority": "9"', 1)
    return flow(world, definition=json.loads(text))


def number(world: World, **values: Any) -> AbstractContextManager[None]:
    return changed(only(world.twilio.voice.numbers), **values)


def sender(world: World, kind: str, **values: Any) -> AbstractContextManager[None]:
    found = next(one for one in world.twilio.classic.addresses.values() if one.type == kind)
    return changed(found, auto_creation={**found.auto_creation, **values})


def summaries(world: World) -> AbstractContextManager[None]:
    found = only(world.twilio.intelligence.configurations)
    return changed(found, rules=found.rules[:1])


def workflow(world: World, **task_routing: Any) -> AbstractContextManager[None]:
    found = only(world.twilio.taskrouter.workflows)
    return changed(found, configuration={"task_routing": task_routing})


def asleep(world: World) -> AbstractContextManager[None]:
    router = world.twilio.taskrouter
    away = next(one for one in router.activities.values() if not one.available)
    return changed(only(router.workers), activity=away)


def empty_database(world: World) -> AbstractContextManager[Mapping[str, str]]:
    file = world.folder / "empty.db"
    sqlite3.connect(file).close()
    return told(AGENT_DATABASE_URL=f"sqlite:///{file}")


ROWS: dict[str, tuple[Break, str, Status]] = {
    "revoked key": (lambda _w: told(TWILIO_API_SECRET="other"), "api-key", FAILED),  # noqa: S106
    "wrong auth token": (lambda _w: told(TWILIO_AUTH_TOKEN="other"), "auth-token", FAILED),  # noqa: S106
    "clock skew": (lambda w: late(w, 120), "clock", WARNING),
    "callback elsewhere": (
        lambda w: configured(w, status_callbacks=[]),
        "status-callback",
        FAILED,
    ),
    "capture rule": (
        lambda w: channel(w, "SMS", captureRules=[{"from": "*", "to": "+15550100002"}]),
        "capture-rules",
        FAILED,
    ),
    "calls close late": (
        lambda w: channel(w, "VOICE", statusTimeouts={"inactive": 5, "closed": 30}),
        "voice-close",
        FAILED,
    ),
    "no bridge": (lambda w: configured(w, conversations_v1_bridge=None), "bridge", FAILED),
    "no memory store": (lambda w: gone(w.twilio.memory.stores), "memory-store", FAILED),
    "memory store is being made": (
        lambda w: faulty(
            w,
            product="memory",
            path="/v1/ControlPlane/Stores/*",
            status=200,
            body={**STORE, "id": only(w.twilio.memory.stores).id},
        ),
        "memory-store",
        FAILED,
    ),
    "numbers identify nobody": (
        lambda w: gone(only(w.twilio.memory.stores).trait_groups),
        "memory-numbers",
        WARNING,
    ),
    "one Summary rule": (summaries, "summary-rules", FAILED),
    "summaries not linked": (
        lambda w: configured(w, intelligence_configuration_ids=[]),
        "summaries-linked",
        FAILED,
    ),
    "old Flex UI": (
        lambda w: changed(
            w.twilio.flex, configuration={**w.twilio.flex.configuration, "ui_version": "2.9.0"}
        ),
        "flex-ui",
        FAILED,
    ),
    "workflow deleted": (lambda w: gone(w.twilio.taskrouter.workflows), "workflow", FAILED),
    "no default filter": (lambda w: workflow(w, filters=[]), "default-filter", FAILED),
    "no worker": (lambda w: gone(w.twilio.taskrouter.workers), "workers", FAILED),
    "no worker available": (asleep, "workers", WARNING),
    "events elsewhere": (
        lambda w: changed(only(w.twilio.taskrouter.workspaces), event_callback_url=ELSEWHERE),
        "event-callback",
        FAILED,
    ),
    "no callback workflow": (
        lambda _w: told(AGENT_CALLBACK_WORKFLOW_SID="WW" + "0" * 32),
        "callbacks",
        FAILED,
    ),
    "flow deleted": (lambda w: gone(w.twilio.studio.flows.flows), "flow", FAILED),
    "flow never published": (lambda w: flow(w, status="draft"), "flow-published", FAILED),
    "flow invalid": (
        lambda w: flow(w, errors=({"property_path": "#/states/1", "message": "no queue"},)),
        "flow-published",
        FAILED,
    ),
    "flow has a draft": (drafted, "flow-published", WARNING),
    "flow edited": (edited, "flow-template", FAILED),
    "calls elsewhere": (lambda w: number(w, voice_url=ELSEWHERE), "calls", FAILED),
    "no fallback": (lambda w: number(w, voice_fallback_url=""), "calls-fallback", WARNING),
    "another number": (
        lambda _w: told(TWILIO_PHONE_NUMBER="+15550100077"),
        "number",
        FAILED,
    ),
    "sender leads to a webhook": (
        lambda w: sender(w, "sms", type="webhook", webhook_url=ELSEWHERE),
        "addresses",
        FAILED,
    ),
    "chats switched off": (lambda w: sender(w, "chat", enabled=False), "chat-address", WARNING),
    "model down": (lambda w: model_fault(w, status=500), "model", FAILED),
    "wrong model key": (lambda w: model_fault(w, status=401), "model", FAILED),
    "database not migrated": (empty_database, "database", WARNING),
    "database unreachable": (
        lambda _w: told(AGENT_DATABASE_URL="postgresql://agent:a-password@127.0.0.1:1/agent"),
        "database",
        FAILED,
    ),
    "never open": (
        lambda _w: told(AGENT_OPENING_HOURS=";", AGENT_TIME_ZONE="Europe/Berlin"),
        "opening-hours",
        FAILED,
    ),
    "hours without a zone": (
        lambda _w: told(AGENT_OPENING_HOURS="mon-fri 09:00-18:00"),
        "opening-hours",
        WARNING,
    ),
    "Studio down": (lambda w: faulty(w, product="studio", status=503), "flow", FAILED),
    "Memory down": (lambda w: faulty(w, product="memory", status=503), "memory-store", FAILED),
    "Memory breaks off": (
        lambda w: faulty(w, product="memory", drop="before"),
        "memory-store",
        FAILED,
    ),
}


def test_all_is_well_after_setup(world: World) -> None:
    found = world.examine()

    assert names_of(found, FAILED, WARNING, Status.SKIPPED) == set()


@pytest.mark.parametrize(("break_it", "name", "status"), ROWS.values(), ids=ROWS)
def test_fault_turns_its_line(world: World, break_it: Break, name: str, status: Status) -> None:
    with break_it(world) as environment:
        found = world.examine(environment)

    assert names_of(found, FAILED, WARNING) == {name}
    finding = found[name].finding
    assert (finding.status, bool(finding.reason)) == (status, True)


def test_edited_flow_is_shown_as_a_diff(world: World) -> None:
    with edited(world):
        found = world.examine(only=["flow-template"])

    field, old, new = found["flow-template"].finding.evidence
    assert field.endswith(".properties.priority:")
    assert (old, new) == ("- 9", "+ 0")


def test_silent_product_leaves_the_others(world: World) -> None:
    names = ["flow", "memory-store", "workers", "number", "unsigned-request"]
    with faulty(world, product="studio", delay=60):
        found = world.examine(only=names, seconds=6.0)

    assert names_of(found, FAILED) == {"flow"}
    assert "no answer from Twilio" in found["flow"].finding.reason


def test_step_that_nobody_confirmed_is_a_warning(world: World, tmp_path: Path) -> None:
    found = world.examine(folder=tmp_path, only=["summary-voice"])["summary-voice"].finding

    assert found.status is WARNING
    assert "Opt-in features > Beta" in found.remedy


def test_id_that_is_gone_is_named(world: World) -> None:
    sid = "FW" + "7" * 32
    with gone(world.twilio.studio.flows.flows):
        found = world.examine({"TWILIO_STUDIO_HANDOFF_FLOW_SID": sid}, only=["flow"])

    assert found["flow"].finding.evidence == (f"TWILIO_STUDIO_HANDOFF_FLOW_SID names {sid}",)


def test_other_id_than_that_found_is_named(world: World) -> None:
    settings = {"AGENT_FLEX_WORKFLOW_SID": "WW" + "7" * 32}
    found = world.examine(settings, only=["workflow"])["workflow"].finding

    assert found.status is FAILED
    assert found.evidence[0].startswith("AGENT_FLEX_WORKFLOW_SID is WW777")


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "OPENAI_API_KEY"), (404, "OPENAI_MODEL"), (429, "credit"), (500, "status.openai.com")],
)
def test_model_failure_says_what_to_do(world: World, status: int, words: str) -> None:
    both = ["model", "fallback-model"]
    with model_fault(world, status=status):
        found = world.examine({"OPENAI_FALLBACK_MODEL": "demo-model"}, only=both)

    assert names_of(found, FAILED) == set(both)
    assert words in found["model"].finding.remedy
