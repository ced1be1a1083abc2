"""What goes wrong, drawn from a seed: requests fail, sockets break, callers hang up."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from getting_started.local import LocalStack
from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.outgoing import new_client

Fault = dict[str, Any]
CALL_EVERY = 3
FAULT_SHARE = 0.5
MISHAP_SHARE = 0.6
MOST_TIMES = 3

EXECUTIONS: Final = {"product": "studio", "path": "/v2/Flows/*/Executions", "method": "POST"}
LOOKS: Final = {"product": "studio", "path": "/v2/Flows/*/Executions", "method": "GET"}
INACTIVE: Final = {"product": "conversations", "path": "/v2/Conversations/*", "method": "PUT"}
ORCHESTRATOR: Final = {"product": "conversations"}

OF_STUDIO: list[Fault] = [
    {**EXECUTIONS, "status": 429},
    {**EXECUTIONS, "status": 400},
    {**EXECUTIONS, "status": 500},
    {**EXECUTIONS, "status": 503},
    {**EXECUTIONS, "drop": "before"},
    {**EXECUTIONS, "drop": "after"},
    {**EXECUTIONS, "delay": 1.2, "drop": "after"},
    {**LOOKS, "status": 503},
]
OF_ORCHESTRATOR: list[Fault] = [
    {**INACTIVE, "status": 500},
    {**ORCHESTRATOR, "status": 503},
    {**ORCHESTRATOR, "drop": "before"},
    {**ORCHESTRATOR, "delay": 1.2},
]
OF_MODEL: list[Fault] = [
    {"status": 400},
    {"status": 503},
    {"empty": True},
    {"cut_after_tokens": 2},
    {"delay": 0.8},
]
OF_CALLS = [("twilio", one) for one in OF_ORCHESTRATOR] + [("model", one) for one in OF_MODEL]
OF_CHATS = [*OF_CALLS, *(("twilio", one) for one in OF_STUDIO)]


class Moment(StrEnum):
    """When something happens to a caller who has asked for a person."""

    ASKED = "asked"
    CLAIMED = "claimed"
    GOODBYE_BEGUN = "goodbye begun"
    GOODBYE_SAID = "goodbye said"
    ENDED = "session ended"
    WAITING = "waiting in the queue"


class Mishap(StrEnum):
    """What happens to a caller. A broken socket ends the session without handoff data."""

    SOCKET_BREAKS = "socket breaks"
    HANGS_UP = "caller hangs up"


@dataclass(frozen=True)
class Plan:
    """One customer, and what goes wrong meanwhile for whomever it hits.

    `system` is where `fault` is put: `twilio` or `model`; empty when nothing fails.
    """

    number: int
    is_call: bool = False
    system: str = ""
    fault: Fault = field(default_factory=dict)
    mishap: Mishap | None = None
    moment: Moment = Moment.ASKED

    def __str__(self) -> str:
        who = "call" if self.is_call else "chat"
        mishap = f", {self.mishap}: {self.moment}" if self.mishap else ""
        return f"{who} {self.number} ({self.system or 'no'} fault {self.fault or ''}{mishap})"


def draw_plans(count: int, seed: int) -> list[Plan]:
    """The same ones for the same seed; every third customer calls."""
    chance = random.Random(seed)  # noqa: S311 - repeats, and guards nothing
    return [_draw(chance, number) for number in range(count)]


def _draw(chance: random.Random, number: int) -> Plan:
    plan = Plan(number, is_call=number % CALL_EVERY == 0)
    if chance.random() < FAULT_SHARE:
        system, fault = chance.choice(OF_CALLS if plan.is_call else OF_CHATS)
        fault = {**fault, "times": chance.randint(1, MOST_TIMES)}
        plan = replace(plan, system=system, fault=fault)
    if plan.is_call and chance.random() < MISHAP_SHARE:
        mishap, moment = chance.choice(list(Mishap)), chance.choice(list(Moment))
        plan = replace(plan, mishap=mishap, moment=moment)
    return plan


async def inject(stack: LocalStack, driver: Driver, plan: Plan) -> None:
    """Make the requests fail that the plan names."""
    if plan.system == "twilio":
        await driver.fail(**plan.fault)
    elif plan.system == "model":
        async with new_client(base_url=stack.model_url) as client:
            (await client.post("/_demo/faults", json=plan.fault)).raise_for_status()


async def clear(stack: LocalStack) -> None:
    """Everything answers again."""
    stack.twilio.faults.clear()
    async with new_client(base_url=stack.model_url) as client:
        (await client.delete("/_demo/faults")).raise_for_status()
