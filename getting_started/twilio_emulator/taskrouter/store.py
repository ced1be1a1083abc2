"""State and rules of TaskRouter: who is there, what waits, and who is offered it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from getting_started.twilio_emulator.errors import TwilioError, bad_request, not_found
from getting_started.twilio_emulator.taskrouter import routing
from getting_started.twilio_emulator.taskrouter.directory import Directory, find
from getting_started.twilio_emulator.taskrouter.events import Events
from getting_started.twilio_emulator.taskrouter.expressions import evaluate
from getting_started.twilio_emulator.taskrouter.models import (
    Activity,
    Reservation,
    Task,
    TaskListener,
    Worker,
    Workflow,
)

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio


class TaskRouterStore(Directory):
    """The directory of the account's workspaces, and the tasks in them."""

    def __init__(self, twilio: Twilio) -> None:
        super().__init__(twilio)
        self.tasks: dict[str, Task] = {}
        self._events = Events(twilio)

    # Workers

    def create_worker(
        self,
        workspace_sid: str,
        friendly_name: str,
        *,
        attributes: dict[str, Any] | None = None,
        available: bool = False,
    ) -> Worker:
        worker = Worker(
            **self.new("WK", workspace_sid, friendly_name),
            attributes=attributes or {},
            activity=self.find_activity(workspace_sid, available=available),
        )
        self.workers[worker.sid] = worker
        self.offer_waiting()
        return worker

    def set_available(self, worker_sid: str, available: bool) -> None:
        """Moves a worker to Available or Unavailable; waiting tasks are then offered."""
        worker = find(self.workers, worker_sid)
        name = "Available" if available else "Unavailable"
        self.set_activity(worker, self.find_activity(worker.workspace_sid, name=name))

    def set_activity(self, worker: Worker, activity: Activity) -> None:
        worker.activity = activity
        worker.date_updated = self.twilio.clock.now()
        self.offer_waiting()

    # Tasks

    async def create_task(
        self,
        *,
        workflow_sid: str,
        task_channel: str,
        attributes: dict[str, Any],
        priority: int = 0,
        timeout: int = 86_400,  # noqa: ASYNC109 - the task's own time to live, as Twilio names it
        listener: TaskListener | None = None,
    ) -> Task:
        """A task in the queue that the workflow chooses, offered at once to who is free."""
        workflow = self.find_workflow(workflow_sid)
        channel = self.find_task_channel(workflow.workspace_sid, task_channel)
        target = self._choose_target(workflow, attributes)
        task = Task(
            **self.new("WT", workflow.workspace_sid, ""),
            workflow=workflow,
            queue=find(self.queues, str(target["queue"])),
            channel=channel,
            attributes=attributes,
            priority=int(target.get("priority", priority)),
            timeout=timeout,
            listener=listener,
        )
        self.tasks[task.sid] = task
        await self._report("task.created", task)
        self.twilio.spawn_lasting(self._expire(task))
        await self._offer(task)
        return task

    async def accept(self, task_sid: str, worker_sid: str | None = None) -> Task:
        """A worker takes the task: the given one, else the one it is offered to."""
        task = find(self.tasks, task_sid)
        await self._offer(task)
        reservation = task.reservation
        if reservation is None or reservation.status != "pending":
            raise TwilioError(409, 20409, f"Task {task_sid} is {task.status}: not on offer")
        if worker_sid is not None:
            reservation.worker = find(self.workers, worker_sid)
        reservation.status = "accepted"
        task.status = "assigned"
        await self._report("reservation.accepted", task, reservation)
        if task.listener:
            await task.listener.accepted(task, reservation.worker)
        return task

    async def reject(self, task_sid: str, reservation_sid: str) -> Task:
        """The worker declines; the task goes to the next one."""
        task = find(self.tasks, task_sid)
        reservation = find_reservation(task, reservation_sid)
        if reservation.status != "pending":
            raise bad_request(f"Reservation {reservation_sid} is {reservation.status}")
        reservation.status = "rejected"
        task.status = "pending"
        await self._report("reservation.rejected", task, reservation)
        await self._offer(task)
        return task

    async def wrap_up(self, task_sid: str, reason: str = "") -> Task:
        """The talk is over, the worker still writes it up."""
        task = find(self.tasks, task_sid)
        if task.status != "assigned":
            raise bad_request(f"Task {task_sid} is {task.status}: only an assigned one wraps up")
        task.status, task.reason = "wrapping", reason
        if task.reservation:
            task.reservation.status = "wrapping"
        await self._report("task.wrapup", task, task.reservation)
        return task

    async def complete(self, task_sid: str, reason: str = "") -> Task:
        task = find(self.tasks, task_sid)
        if task.status not in {"assigned", "wrapping"}:
            raise bad_request(f"Task {task_sid} is {task.status}: only assigned ones complete")
        if task.reservation:
            task.reservation.status = "completed"
        task.status, task.reason = "completed", reason
        await self._report("task.completed", task)
        if task.listener:
            await task.listener.completed(task)
        self.offer_waiting()
        return task

    async def cancel(self, task_sid: str, reason: str = "") -> Task:
        task = find(self.tasks, task_sid)
        if task.status not in {"pending", "reserved"}:
            raise bad_request(f"Task {task_sid} is {task.status}: only waiting ones are canceled")
        if task.reservation:
            task.reservation.status = "rescinded"
        task.status, task.reason = "canceled", reason
        await self._report("task.canceled", task)
        if task.listener:
            await task.listener.canceled(task, reason)
        self.offer_waiting()
        return task

    def offer_waiting(self) -> None:
        """Offers every pending task again, in the background: somebody may be free now."""
        if any(task.status == "pending" for task in self.tasks.values()):
            self.twilio.spawn(self._offer_all())

    # Steps

    async def _offer_all(self) -> None:
        pending = [task for task in self.tasks.values() if task.status == "pending"]
        for task in sorted(pending, key=lambda task: -task.priority):
            await self._offer(task)

    async def _offer(self, task: Task) -> None:
        """Reserves the first worker who is free, reached by the queue and has not declined."""
        if task.status != "pending":
            return
        worker = next(filter(lambda worker: self._can_take(worker, task), self._idle_first()), None)
        if worker is None:
            return
        reservation = Reservation(
            **self.new("WR", task.workspace_sid, ""), task_sid=task.sid, worker=worker
        )
        task.reservations.append(reservation)
        task.status = "reserved"
        await self._report("reservation.created", task, reservation)

    def _idle_first(self) -> list[Worker]:
        """Workers in the order of being offered a task: who changed longest ago comes first."""
        return sorted(self.workers.values(), key=lambda worker: worker.date_updated)

    def _can_take(self, worker: Worker, task: Task) -> bool:
        declined = any(held.worker is worker for held in task.reservations)
        target = self._choose_target(task.workflow, task.attributes)
        return (
            worker.available
            and not declined
            and routing.is_eligible(task.queue, worker, target.get("expression"), task)
            and routing.has_capacity(worker, task, self.tasks.values())
        )

    def _choose_target(self, workflow: Workflow, attributes: dict[str, Any]) -> dict[str, Any]:
        targets = routing.find_targets(workflow, attributes)
        if not targets:
            raise bad_request("No filter of the workflow takes the task, and it has no default")
        return next((target for target in targets if not self._is_skipped(target)), targets[-1])

    def _is_skipped(self, target: dict[str, Any]) -> bool:
        expression = target.get("skip_if")
        if not expression:
            return False
        workers = self.eligible_workers(find(self.queues, str(target["queue"])))
        free = sum(worker.available for worker in workers)
        return evaluate(expression, {"workers": {"available": free}})

    async def _expire(self, task: Task) -> None:
        await self.twilio.clock.sleep(task.timeout - task.age(self.twilio.clock.now()))
        if task.status in {"pending", "reserved"}:
            await self.cancel(task.sid, "Task TTL Exceeded")

    async def _report(self, event: str, task: Task, reservation: Reservation | None = None) -> None:
        task.date_updated = self.twilio.clock.now()
        await self._events.report(event, self.workspaces[task.workspace_sid], task, reservation)


def find_reservation(task: Task, sid: str) -> Reservation:
    for reservation in task.reservations:
        if reservation.sid == sid:
            return reservation
    raise not_found(sid)
