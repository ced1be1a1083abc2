"""Which queue a task goes to, and which worker is offered it.

https://www.twilio.com/docs/taskrouter/workflow-configuration
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from getting_started.twilio_emulator.errors import bad_request
from getting_started.twilio_emulator.taskrouter.expressions import ExpressionError, evaluate
from getting_started.twilio_emulator.taskrouter.models import Task, TaskQueue, Worker, Workflow

DEFAULT_CAPACITIES = {"voice": 1}
DEFAULT_CAPACITY = 3


def check_configuration(configuration: dict[str, Any], queues: Iterable[str]) -> None:
    """Raises TwilioError for a workflow that names unknown queues or cannot be parsed."""
    known = set(queues)
    for target in _all_targets(configuration):
        if target.get("queue") not in known:
            raise bad_request(f"Workflow configuration: unknown queue {target.get('queue')!r}")
    for rule in _filters(configuration):
        check_expression(str(rule.get("expression", "1==1")))


def check_expression(expression: str) -> None:
    """Raises TwilioError when `expression` does not parse."""
    try:
        evaluate(expression, {})
    except ExpressionError as error:
        raise bad_request(f"Expression: {error}") from None


def find_targets(workflow: Workflow, attributes: dict[str, Any]) -> list[dict[str, Any]]:
    """The targets of the first filter that takes the task, else the default one; else none."""
    for rule in _filters(workflow.configuration):
        if evaluate(str(rule.get("expression", "1==1")), attributes):
            return list(rule.get("targets", []))
    default = workflow.configuration.get("task_routing", {}).get("default_filter")
    return [default] if default else []


def is_eligible(queue: TaskQueue, worker: Worker, expression: str | None, task: Task) -> bool:
    """Whether `queue` reaches `worker`, and a target's `expression` (if any) allows the pair."""
    if worker.workspace_sid != queue.workspace_sid:
        return False
    if not evaluate(queue.target_workers, worker.attributes):
        return False
    names = {**task.attributes, "task": task.attributes, "worker": worker.attributes}
    return expression is None or evaluate(expression, names)


def has_capacity(worker: Worker, task: Task, tasks: Iterable[Task]) -> bool:
    """Whether `worker` may hold one task more of this channel."""
    channel = task.channel.unique_name
    held = [
        other
        for other in tasks
        if other.channel.unique_name == channel
        and other.reservation is not None
        and other.reservation.worker is worker
    ]
    return len(held) < capacity_of(worker, channel)


def capacity_of(worker: Worker, channel: str) -> int:
    default = DEFAULT_CAPACITIES.get(channel, DEFAULT_CAPACITY)
    return worker.capacities.get(channel, default)


def _filters(configuration: dict[str, Any]) -> list[dict[str, Any]]:
    return list(configuration.get("task_routing", {}).get("filters", []))


def _all_targets(configuration: dict[str, Any]) -> list[dict[str, Any]]:
    targets = [target for rule in _filters(configuration) for target in rule.get("targets", [])]
    default = configuration.get("task_routing", {}).get("default_filter")
    return [*targets, default] if default else targets
