"""TaskRouter: expressions, routing, the life of a task, through Twilio's own library."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from getting_started.twilio_emulator.errors import TwilioError
from getting_started.twilio_emulator.taskrouter.expressions import ExpressionError, evaluate
from getting_started.twilio_emulator.taskrouter.models import Task
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.conftest import Receiver, Rest
from tests.twilio_emulator.contact_centre import ContactCentre, build_contact_centre

ATTRIBUTES = {"language": "de", "age": 7, "skills": ["billing", "returns"], "vip": True}


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("1==1", True),
        ("language == 'de'", True),
        ('language = "en"', False),
        ("language != 'en'", True),
        ("age > 6 AND age <= 7", True),
        ("age > 7 OR vip == true", True),
        ("NOT vip", False),
        ("skills HAS 'billing'", True),
        ("language IN ['de', 'at']", True),
        ("language NOT IN ['de', 'at']", False),
        ("skills CONTAINS 'x'", False),
        ("missing == null", True),
        ("missing > 3", False),
        ("nested.deep == 1", False),
        ("(age == 1 OR age == 7) and language == 'de'", True),
    ],
)
def test_expression_holds(expression: str, holds: bool) -> None:
    assert evaluate(expression, ATTRIBUTES) is holds


@pytest.mark.parametrize("expression", ["", "a ==", "a == 'b", "(a", "a b", "a NOT b", "&"])
def test_broken_expression_is_refused(expression: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(expression, ATTRIBUTES)


@pytest.fixture
def centre(twilio: Twilio) -> ContactCentre:
    return build_contact_centre(twilio)


async def create(twilio: Twilio, centre: ContactCentre, **options: Any) -> Task:
    options = {"task_channel": "chat", "attributes": {}, **options}
    return await twilio.taskrouter.create_task(workflow_sid=centre.workflow.sid, **options)


async def test_filters_choose_the_queue(twilio: Twilio) -> None:
    taskrouter = twilio.taskrouter
    workspace = taskrouter.create_workspace("Acme")
    german = taskrouter.create_queue(workspace.sid, "German", target_workers="de == true")
    everyone = taskrouter.create_queue(workspace.sid, "Everyone")
    target = {"queue": german.sid, "priority": 9}
    routing = {
        "filters": [{"expression": "language == 'de'", "targets": [target]}],
        "default_filter": {"queue": everyone.sid},
    }
    workflow = taskrouter.create_workflow(workspace.sid, "All", {"task_routing": routing})
    centre = ContactCentre(
        workspace, workflow, taskrouter.create_worker(workspace.sid, "maria", available=True)
    )

    task = await create(twilio, centre, attributes={"language": "de"})
    other = await create(twilio, centre)

    assert (task.queue.friendly_name, task.priority, task.status) == ("German", 9, "pending")
    assert (other.queue.friendly_name, other.status) == ("Everyone", "reserved")


async def test_task_waits_until_somebody_is_available(
    twilio: Twilio, centre: ContactCentre
) -> None:
    twilio.taskrouter.set_available(centre.worker.sid, False)
    task = await create(twilio, centre)
    with pytest.raises(TwilioError, match="not on offer"):
        await twilio.taskrouter.accept(task.sid)

    twilio.taskrouter.set_available(centre.worker.sid, True)
    await twilio.settle()

    assert task.status == "reserved"


async def test_busy_worker_gets_no_second_call(twilio: Twilio, centre: ContactCentre) -> None:
    first = await create(twilio, centre, task_channel="voice")
    second = await create(twilio, centre, task_channel="voice")
    assert second.reservation is None

    await twilio.taskrouter.accept(first.sid)
    await twilio.taskrouter.complete(first.sid)
    await twilio.settle()

    assert second.reservation is not None


async def test_rejected_task_goes_to_the_next_worker(twilio: Twilio, centre: ContactCentre) -> None:
    other = twilio.taskrouter.create_worker(centre.workspace.sid, "noor", available=True)
    task = await create(twilio, centre)

    await twilio.taskrouter.reject(task.sid, task.reservations[0].sid)

    assert [held.worker for held in task.reservations] == [centre.worker, other]


async def test_old_task_is_canceled(twilio: Twilio, centre: ContactCentre) -> None:
    task = await create(twilio, centre, timeout=30)

    twilio.clock.advance(31)
    await twilio.journal.wait_since(2, "task", seconds=5)

    assert (task.status, task.reason) == ("canceled", "Task TTL Exceeded")


@pytest.mark.parametrize("move", ["complete", "wrap_up", "cancel"])
async def test_task_moves_only_where_it_may(
    twilio: Twilio, centre: ContactCentre, move: str
) -> None:
    task = await create(twilio, centre)
    if move == "cancel":
        await twilio.taskrouter.accept(task.sid)

    with pytest.raises(TwilioError):
        await getattr(twilio.taskrouter, move)(task.sid)


async def test_library_sets_a_workspace_up(rest: Rest) -> None:
    def set_up(client: Client) -> tuple[Any, Any]:
        sid = client.taskrouter.v1.workspaces.create(friendly_name="Acme").sid
        workspace = client.taskrouter.v1.workspaces(sid)
        queue = workspace.task_queues.create(friendly_name="Everyone")
        configuration = {"task_routing": {"default_filter": {"queue": queue.sid}}}
        workflow = workspace.workflows.create("Support", json.dumps(configuration))
        names = [one.unique_name for one in workspace.task_channels.list()]
        return workflow, names

    workflow, names = await rest(set_up)

    assert workflow.sid.startswith("WW")
    assert {"voice", "chat", "sms", "default"} <= set(names)


async def test_library_serves_a_task(rest: Rest, centre: ContactCentre) -> None:
    def serve(client: Client) -> Any:
        workspace = client.taskrouter.v1.workspaces(centre.workspace.sid)
        task = workspace.tasks.create(
            workflow_sid=centre.workflow.sid,
            task_channel="chat",
            attributes=json.dumps({"reason": "billing"}),
        )
        [reservation] = task.reservations.list()
        reservation.update(reservation_status="accepted")
        workspace.tasks(task.sid).update(assignment_status="completed", reason="done")
        return workspace.tasks(task.sid).fetch()

    task = await rest(serve)

    assert (task.assignment_status, task.reason) == ("completed", "done")
    assert json.loads(task.attributes) == {"reason": "billing"}


async def test_library_finds_tasks_by_attributes(
    rest: Rest, twilio: Twilio, centre: ContactCentre
) -> None:
    await create(twilio, centre, attributes={"conversationId": "conv_1"})
    wanted = await create(twilio, centre, attributes={"conversationId": "conv_2"})

    found = await rest(
        lambda client: client.taskrouter.v1.workspaces(centre.workspace.sid).tasks.list(
            evaluate_task_attributes="conversationId == 'conv_2'"
        )
    )

    assert [task.sid for task in found] == [wanted.sid]


async def test_statistics_tell_who_waits(rest: Rest, twilio: Twilio, centre: ContactCentre) -> None:
    twilio.taskrouter.set_available(centre.worker.sid, False)
    task = await create(twilio, centre)

    queue = task.queue.sid
    figures = await rest(
        lambda client: (
            client.taskrouter.v1.workspaces(centre.workspace.sid)
            .task_queues(queue)
            .real_time_statistics()
            .fetch()
        )
    )

    assert (figures.total_eligible_workers, figures.total_available_workers) == (1, 0)
    assert figures.tasks_by_status["pending"] == 1
    assert figures.longest_task_waiting_sid == task.sid


async def test_events_reach_the_workspace_callback(
    twilio: Twilio, centre: ContactCentre, receiver: Receiver
) -> None:
    centre.workspace.event_callback_url = receiver.url
    task = await create(twilio, centre)
    await twilio.taskrouter.accept(task.sid)
    await twilio.taskrouter.complete(task.sid)
    await twilio.settle()

    validator = RequestValidator(twilio.account.auth_token)
    forms = [
        dict(parse_qsl(body.decode(), keep_blank_values=True)) for _, _, body in receiver.requests
    ]
    assert [form["EventType"] for form in forms] == [
        "task.created",
        "reservation.created",
        "reservation.accepted",
        "task.completed",
    ]
    for (url, headers, _), form in zip(receiver.requests, forms, strict=True):
        assert validator.validate(url, form, headers["x-twilio-signature"])


@pytest.mark.parametrize(
    "fields",
    [
        {"workflow_sid": "WW0"},
        {"task_channel": "pigeon"},
        {"attributes": "not JSON"},
        {"attributes": "[]"},
    ],
)
async def test_bad_task_is_refused(
    rest: Rest, centre: ContactCentre, fields: dict[str, str]
) -> None:
    fields = {"workflow_sid": centre.workflow.sid, **fields}
    workspace_sid = centre.workspace.sid

    with pytest.raises(TwilioRestException) as refused:
        await rest(
            lambda client: client.taskrouter.v1.workspaces(workspace_sid).tasks.create(**fields)
        )

    assert (refused.value.status, refused.value.code) == (400, 20001)


def test_workflow_with_unknown_queue_is_refused(twilio: Twilio) -> None:
    workspace = twilio.taskrouter.create_workspace("Acme")

    with pytest.raises(TwilioError, match="unknown queue"):
        twilio.taskrouter.create_workflow(
            workspace.sid, "Bad", {"task_routing": {"default_filter": {"queue": "WQ0"}}}
        )
