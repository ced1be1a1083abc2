"""The parameters of a flow: as given, from the environment, or looked up in the account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from twilio.rest import Client

from agent.errors import SettingsError
from agent.settings import Credentials, flow_password_of, public_url_of, variable_of
from agent.twilio_api.account import choose_workflow, find_chat_service, find_workspace
from studio_templates.render import ParameterError, Parameters, to_parameters
from studio_templates.studio import telling

TASK_CHANNELS = {"voice_task_channel_sid": "voice", "chat_task_channel_sid": "chat"}
"""Parameters and the unique names that task channels have in every workspace of Flex."""
LOOKED_UP = ("workspace_sid", "workflow_sid", "conversation_service_sid", *TASK_CHANNELS)
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
    """Every parameter that `values` lack and the account tells."""
    if all(name in values for name in LOOKED_UP):
        return {}
    client = connect()
    with telling("look for workspace, workflow and chat service"):
        workspace_sid = values.get("workspace_sid") or _find_workspace(client)
        workspace = client.taskrouter.v1.workspaces(workspace_sid)
        channels = {one.unique_name: one.sid for one in workspace.task_channels.list()}
        found = {name: channels.get(unique) for name, unique in TASK_CHANNELS.items()}
        return {
            "workspace_sid": workspace_sid,
            "workflow_sid": values.get("workflow_sid") or _find_workflow(client, workspace),
            "conversation_service_sid": find_chat_service(client),
            **{name: sid for name, sid in found.items() if sid},
        }


def _find_workspace(client: Client) -> str:
    found = find_workspace(client)
    return found or _ask("workspace_sid", client.taskrouter.v1.workspaces.list())


def _find_workflow(client: Client, workspace: Any) -> str:
    workflows = workspace.workflows.list()
    found = choose_workflow(client, workflows)
    return str(found.sid) if found else _ask("workflow_sid", workflows)


def _ask(parameter: str, found: list[Any]) -> NoReturn:
    """It is for the person to choose, or to make one."""
    listed = "".join(f"\n  {one.sid}  {one.friendly_name}" for one in found) or " none"
    raise ParameterError(
        f"parameter '{parameter}' is not set ({VARIABLES[parameter]}, or --set {parameter}=...); "
        f"the account has:{listed}"
    )
