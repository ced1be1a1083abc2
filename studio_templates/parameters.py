"""The parameters of a flow: as given, from the environment, or looked up in the account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twilio.rest import Client

from agent.errors import SettingsError
from agent.settings import Credentials, flow_password_of, public_url_of, variable_of
from studio_templates.render import ParameterError, Parameters, to_parameters
from studio_templates.studio import telling

FLEX_WORKSPACE = "Flex Task Assignment"
"""What Flex calls the workspace that it makes."""
CHOSEN = ("workspace_sid", "workflow_sid")
TASK_CHANNELS = {"voice_task_channel_sid": "voice", "chat_task_channel_sid": "chat"}
"""Parameters and the unique names that task channels have in every workspace of Flex."""
VARIABLES = {
    "workspace_sid": variable_of("flex_workspace_sid"),
    "workflow_sid": variable_of("flex_workflow_sid"),
    "websocket_path": variable_of("websocket_path"),
    "flow_secret": variable_of("flow_secret"),
}
DEFAULT_BASE_URL = str(Credentials.model_fields["twilio_base_url"].default)


def find_parameters(
    environment: Mapping[str, str], given: Mapping[str, str], connect: Callable[[], Client]
) -> Parameters:
    """What is `given` goes before the environment, and that before what the account tells.

    `connect` is called only if something has to be looked up. Raises SettingsError naming all
    variables that are missing, ParameterError where a choice is to be made, and StudioError.
    """
    values = {**_read_environment(environment), **given}
    problems = []
    try:
        values = {**_look_up(values, connect), **values}
    except SettingsError as error:
        problems.append(f"{error}\n  They are needed to look up what --set does not give.")
    if values.get("app_url") and not values.get("flow_secret"):
        try:
            values["flow_secret"] = flow_password_of(environment)
        except SettingsError as error:
            problems.append(str(error))
    if problems:
        raise SettingsError("\n".join(problems))
    return to_parameters(values)


def _read_environment(environment: Mapping[str, str]) -> dict[str, str]:
    base_url = environment.get(variable_of("twilio_base_url"), DEFAULT_BASE_URL)
    region = environment.get(variable_of("region"))
    conversations = f"conversations.{region}" if region else "conversations"
    return {
        "conversations_url": base_url.format(product=conversations),
        "flex_url": base_url.format(product="flex-api"),
        "app_url": public_url_of(environment),
        **{name: environment[one] for name, one in VARIABLES.items() if one in environment},
    }


def _look_up(values: Mapping[str, str], connect: Callable[[], Client]) -> dict[str, str]:
    if all(values.get(name) for name in (*CHOSEN, *TASK_CHANNELS)):
        return {}
    router = connect().taskrouter.v1
    with telling("read TaskRouter"):
        workspace_sid = values.get("workspace_sid") or _find_workspace(router.workspaces.list())
        workspace = router.workspaces(workspace_sid)
        workflow_sid = values.get("workflow_sid") or _choose(
            "workflow_sid", f"workflow in {workspace_sid}", workspace.workflows.list()
        )
        channels = {one.unique_name: one.sid for one in workspace.task_channels.list()}
    found = {name: channels.get(unique) for name, unique in TASK_CHANNELS.items()}
    return {
        "workspace_sid": workspace_sid,
        "workflow_sid": workflow_sid,
        **{name: sid for name, sid in found.items() if sid},
    }


def _find_workspace(workspaces: list[Any]) -> str:
    of_flex = [one for one in workspaces if one.friendly_name == FLEX_WORKSPACE]
    return _choose("workspace_sid", "TaskRouter workspace", of_flex or workspaces)


def _choose(parameter: str, what: str, found: list[Any]) -> str:
    """The only one there is."""
    if len(found) == 1:
        return str(found[0].sid)
    listed = "".join(f"\n  {one.sid}  {one.friendly_name}" for one in found)
    variable = VARIABLES[parameter]
    count = "several, choose one" if found else "none, create one"
    raise ParameterError(
        f"parameter '{parameter}' is not set, and of a {what} there are {count} ({variable} or "
        f"--set {parameter}=...){listed}"
    )
