"""How busy a desk is: the whole workspace, or the queue of the handoffs alone."""

from __future__ import annotations

import pytest

from agent.twilio_api.http import ClientPool
from agent.twilio_api.taskrouter import Load, TaskRouterClient
from getting_started.twilio_emulator.twilio import Twilio

FOR = "department == '{}'"


@pytest.mark.parametrize(
    ("queue", "load"),
    [
        pytest.param(None, Load(available_workers=1, waiting_tasks=1), id="workspace"),
        pytest.param("sales", Load(available_workers=1, waiting_tasks=0), id="sales: somebody"),
        pytest.param("billing", Load(available_workers=0, waiting_tasks=1), id="billing: nobody"),
    ],
)
async def test_load_of_a_queue_is_its_own(twilio: Twilio, queue: str | None, load: Load) -> None:
    router = twilio.taskrouter
    workspace = router.create_workspace("Flex Task Assignment")
    queues = {
        name: router.create_queue(workspace.sid, name, target_workers=FOR.format(name)).sid
        for name in ("sales", "billing")
    }
    attributes = {"department": "sales"}
    router.create_worker(workspace.sid, "Mia", attributes=attributes, available=True)
    routing = {"filters": [], "default_filter": {"queue": queues["billing"]}}
    workflow = router.create_workflow(workspace.sid, "Assign", {"task_routing": routing})
    await router.create_task(workflow_sid=workflow.sid, task_channel="", attributes={})
    pool = ClientPool(twilio.account.sid, twilio.account.auth_token)
    client = TaskRouterClient(pool, twilio.url("taskrouter"), workspace.sid)

    found = await client.fetch_load(queues[queue] if queue else None)
    await pool.close()

    assert found == load
