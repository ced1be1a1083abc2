"""What became of each customer, once everything works again."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from agent.handoff.reasons import MEANINGS, FailureReason
from agent.handoff.record import UNDER_WAY, HandoffRecord, HandoffState
from agent.phrases import ENGLISH
from benchmarks.soak.customers import GONE_TASK, Customer


@dataclass(frozen=True)
class Outcome:
    """One customer in the end. `open_tasks`: those in which they wait or talk to a human."""

    customer: Customer
    record: HandoffRecord | None
    executions: int
    tasks: int
    open_tasks: int
    is_told: bool
    is_answered: bool
    heard: list[str]

    @property
    def is_lost(self) -> bool:
        """Neither delivered, nor failed and told, nor given up by who has left; or a human is
        still asked to serve who has left."""
        if self.customer.has_left:
            return self.open_tasks > 0
        return not (self.open_tasks or self.is_told)

    @property
    def is_open_for_nobody(self) -> bool:
        """The customer has left, and the record does not know it."""
        return bool(self.customer.has_left and self.record and self.record.holds_conversation)

    @property
    def is_doubled(self) -> bool:
        return self.executions > 1 or self.tasks > 1

    @property
    def is_stranded(self) -> bool:
        """Still there, and neither a human nor the queue nor the agent has them."""
        return not (self.customer.has_left or self.open_tasks or self.is_answered)

    @property
    def verdicts(self) -> list[str]:
        """Those of lost, doubled and stranded that are true."""
        verdicts = {
            "lost": self.is_lost,
            "doubled": self.is_doubled,
            "stranded": self.is_stranded,
        }
        return [name for name, is_true in verdicts.items() if is_true]

    def __str__(self) -> str:
        record = self.record
        state = f"{record.state} {record.failure}".strip() if record else "no record"
        return (
            f"{self.customer.plan}: {state}, {self.executions} executions, {self.tasks} tasks, "
            f"{self.open_tasks} open, told {self.is_told}, answered {self.is_answered}, "
            f"heard {self.heard}"
        )


async def judge(customer: Customer) -> Outcome:
    """Waits until the handoff is where it stays; then asks who has the customer."""
    with suppress(TimeoutError):
        await customer.until(lambda: _rest(customer), "a handoff at rest")
    record, tasks, heard = await customer.record(), await customer.tasks(), await customer.heard()
    open_tasks = sum(one.status not in GONE_TASK for one in tasks)
    is_agents = not (customer.has_left or open_tasks)
    return Outcome(
        customer,
        record,
        customer.executions(),
        len(tasks),
        open_tasks,
        is_told=_is_told(record, heard),
        is_answered=is_agents and await customer.is_answered(),
        heard=heard,
    )


async def _rest(customer: Customer) -> bool | None:
    """Whether it is closed, or a task has come of it, or nobody is there for one."""
    record = await customer.record()
    if record is None or not record.holds_conversation:
        return True
    if record.state in UNDER_WAY:
        return None
    return customer.has_left or bool(await customer.tasks()) or None


def _is_told(record: HandoffRecord | None, heard: list[str]) -> bool:
    if record is None or record.state is not HandoffState.FAILED:
        return False
    return MEANINGS[FailureReason(record.failure)].customer_hears(ENGLISH) in heard
