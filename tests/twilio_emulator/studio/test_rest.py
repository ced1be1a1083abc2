"""Studio's REST API through Twilio's own library."""

from __future__ import annotations

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.conftest import Rest
from tests.twilio_emulator.studio.caller import COMPANY, CUSTOMER
from tests.twilio_emulator.studio.flows import flow, set_variables, widget

GOOD = flow(set_variables("note", a="{{flow.data.order.id}}"))
BAD = flow(widget("flex", "send-to-flex", {"workflow": "WW1", "priority": 0}, callComplete="gone"))
ERRORS = [
    {"property_path": "#/states/1/properties/channel", "message": "is missing"},
    {
        "property_path": "#/states/1/properties/priority",
        "message": "int found, string expected",
    },
    {
        "property_path": "#/states/1/transitions/0/next",
        "message": "'callComplete' leads to no widget 'gone'",
    },
]


async def create(rest: Rest, definition: Any = GOOD, status: str = "published") -> Any:
    return await rest(
        lambda client: client.studio.v2.flows.create(
            friendly_name="handoff", status=status, definition=definition
        )
    )


async def start(rest: Rest, flow_sid: str, **parameters: Any) -> Any:
    return await rest(
        lambda client: client.studio.v2.flows(flow_sid).executions.create(
            to=CUSTOMER, from_=COMPANY, parameters=parameters
        )
    )


async def test_flow_is_created(twilio: Twilio, rest: Rest) -> None:
    created = await create(rest)

    fetched = await rest(lambda client: client.studio.v2.flows(created.sid).fetch())
    assert (fetched.friendly_name, fetched.revision, fetched.valid) == ("handoff", 1, True)
    assert fetched.definition == GOOD
    path = f"/v1/Accounts/{twilio.account.sid}/Flows/{created.sid}"
    assert fetched.webhook_url == twilio.url("webhooks", path)


async def test_each_save_is_a_revision(rest: Rest) -> None:
    created = await create(rest)

    await rest(
        lambda client: client.studio.v2.flows(created.sid).update(
            status="draft", commit_message="again"
        )
    )

    revisions = await rest(lambda client: client.studio.v2.flows(created.sid).revisions.list())
    assert [(one.revision, one.status) for one in revisions] == [(2, "draft"), (1, "published")]


@pytest.mark.parametrize(
    ("name", "number"), [("LatestPublished", 1), ("LatestRevision", 2), ("1", 1)]
)
async def test_revision_by_name(rest: Rest, name: str, number: int) -> None:
    created = await create(rest)
    await rest(lambda client: client.studio.v2.flows(created.sid).update(status="draft"))

    found = await rest(lambda client: client.studio.v2.flows(created.sid).revisions(name).fetch())

    assert found.revision == number


async def test_flows_are_listed_and_deleted(rest: Rest) -> None:
    first, second = await create(rest), await create(rest)

    await rest(lambda client: client.studio.v2.flows(first.sid).delete())

    listed = await rest(lambda client: client.studio.v2.flows.list())
    assert [one.sid for one in listed] == [second.sid]


async def test_valid_definition_is_told_so(rest: Rest) -> None:
    told = await rest(
        lambda client: client.studio.v2.flow_validate.update(
            friendly_name="handoff", status="published", definition=GOOD
        )
    )

    assert told.valid is True


async def test_invalid_definition_is_refused_with_its_places(rest: Rest) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await rest(
            lambda client: client.studio.v2.flow_validate.update(
                friendly_name="handoff", status="published", definition=BAD
            )
        )

    assert (refused.value.status, refused.value.details) == (400, {"errors": ERRORS})


async def test_invalid_definition_is_kept_as_a_draft_only(rest: Rest) -> None:
    with pytest.raises(TwilioRestException):
        await create(rest, BAD)

    draft = await create(rest, BAD, status="draft")

    assert (draft.valid, draft.errors) == (False, ERRORS)


async def test_test_users(rest: Rest) -> None:
    created = await create(rest)

    def users(client: Any) -> Any:
        return client.studio.v2.flows(created.sid).test_users()

    await rest(lambda client: users(client).update(test_users=[CUSTOMER]))

    assert (await rest(lambda client: users(client).fetch())).test_users == [CUSTOMER]


async def test_execution_runs_with_its_parameters(twilio: Twilio, rest: Rest) -> None:
    flow_sid = (await create(rest)).sid
    started = await start(rest, flow_sid, order={"id": 7})
    await twilio.settle()

    def execution(client: Any) -> Any:
        return client.studio.v2.flows(flow_sid).executions(started.sid)

    ended = await rest(lambda client: execution(client).fetch())
    context = await rest(lambda client: execution(client).execution_context().fetch())
    assert (started.status, ended.status) == ("active", "ended")
    assert ended.contact_channel_address == CUSTOMER
    assert context.context["flow"]["variables"] == {"a": "7"}


async def test_steps_are_listed_newest_first(twilio: Twilio, rest: Rest) -> None:
    flow_sid = (await create(rest)).sid
    started = await start(rest, flow_sid)
    await twilio.settle()

    def steps(client: Any) -> Any:
        return client.studio.v2.flows(flow_sid).executions(started.sid).steps

    listed = await rest(lambda client: steps(client).list())
    sid = listed[0].sid
    context = await rest(lambda client: steps(client)(sid).step_context().fetch())
    assert [(one.name, one.transitioned_to) for one in listed] == [
        ("next", "Ended"),
        ("incomingRequest", "note"),
    ]
    assert (await rest(lambda client: steps(client)(sid).fetch())).transitioned_from == "note"
    assert context.context["flow"]["variables"] == {"a": ""}


async def test_busy_contact_is_refused_and_ending_frees_it(rest: Rest) -> None:
    ask = widget("ask", "send-and-wait-for-reply", {"body": "Well?"})
    flow_sid = (await create(rest, flow(ask))).sid
    first = await start(rest, flow_sid)
    with pytest.raises(TwilioRestException, match="already active") as refused:
        await start(rest, flow_sid)

    await rest(
        lambda client: client.studio.v2.flows(flow_sid).executions(first.sid).update(status="ended")
    )

    assert refused.value.status == 409
    assert (await start(rest, flow_sid)).status == "active"


async def test_executions_are_listed_and_deleted(twilio: Twilio, rest: Rest) -> None:
    flow_sid = (await create(rest)).sid
    first = await start(rest, flow_sid)
    await twilio.settle()
    second = await start(rest, flow_sid)

    def executions(client: Any) -> Any:
        return client.studio.v2.flows(flow_sid).executions

    await rest(lambda client: executions(client)(first.sid).delete())

    assert [one.sid for one in await rest(lambda c: executions(c).list())] == [second.sid]


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("FW0/Executions", {"To": CUSTOMER, "From": COMPANY}, 404),
        ("{flow}/Executions", {"From": COMPANY}, 400),
        ("{flow}/Executions", {"To": CUSTOMER}, 400),
        ("{flow}/Executions", {"To": CUSTOMER, "From": COMPANY, "Parameters": "{"}, 400),
        ("{flow}/Executions", {"To": CUSTOMER, "From": COMPANY, "Parameters": "[]"}, 400),
        ("{flow}/Executions/FN0", {"Status": "ended"}, 404),
        ("{flow}", {"Status": "gone"}, 400),
        ("Validate", {"Definition": "{"}, 400),
    ],
)
async def test_request_is_refused(
    twilio: Twilio, rest: Rest, path: str, form: dict[str, str], status: int
) -> None:
    flow_sid = (await create(rest)).sid
    url = f"https://studio.twilio.com/v2/Flows/{path.format(flow=flow_sid)}"

    answer = await rest(lambda client: client.request("POST", url, data=form))

    assert answer.status_code == status
