"""A template beside the account whose flow it is, or is to become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from twilio.rest import Client

from agent.settings import load_credentials, variable_of
from agent.twilio_api.rest import create_rest_client
from studio_templates.compare import Difference, Json, find_differences
from studio_templates.deploy import Deployment, deploy
from studio_templates.errors import FlowError, StudioError
from studio_templates.parameters import find_parameters
from studio_templates.pull import Pulled, pull
from studio_templates.render import (
    AGENT_HANDOFF,
    EXAMPLE,
    Parameters,
    fill,
    read_template,
    render,
    title_of,
)
from studio_templates.studio import Studio, StudioFlow
from studio_templates.validate import find_errors


def check_template(path: Path) -> list[FlowError]:
    """The errors of one template, rendered with example parameters; needs no network."""
    try:
        return find_errors(render(EXAMPLE, path), flow=path.stem)
    except ValueError as error:  # no JSON, an unknown placeholder, no flow definition
        return [FlowError(path.stem, "", "template", str(error), "correct the file", "#")]


@dataclass
class Workbench:
    """What is needed of account and environment is read when it is first asked for.

    `given` are parameters that go before the environment's; `flow` is the SID or name of the flow
    in the account, where it is not the usual one. Everything may raise SettingsError, StudioError
    and ParameterError.
    """

    path: Path
    environment: Mapping[str, str]
    given: Mapping[str, str]
    flow: str = ""

    @property
    def title(self) -> str:
        """The friendly name of a new flow."""
        is_name = self.flow and not self.flow.startswith("FW")
        return self.flow if is_name else title_of(self.path)

    @property
    def target(self) -> str:
        """SID or name of the flow in the account."""
        variable = variable_of("handoff_flow_sid")
        known = self.environment.get(variable) if self.path == AGENT_HANDOFF else None
        return self.flow or known or self.title

    @cached_property
    def client(self) -> Client:
        return create_rest_client(load_credentials(self.environment))

    @cached_property
    def studio(self) -> Studio:
        return Studio(self.client)

    @cached_property
    def parameters(self) -> Parameters:
        return find_parameters(self.environment, self.given, lambda: self.client)

    @cached_property
    def template(self) -> Json:
        """The template with its placeholders."""
        read: Json = read_template(self.path)
        return read

    @cached_property
    def rendered(self) -> Json:
        """The template with the parameters' values."""
        filled: Json = fill(self.template, self.parameters.to_values(), name=self.path.name)
        return filled

    @cached_property
    def definition(self) -> Json:
        """The same with places on the canvas: what Studio is given."""
        return render(self.parameters, self.path).to_dict()

    def deploy(self, message: str) -> Deployment:
        definition = self.definition  # what is wrong with the settings is said first, and at once
        return deploy(self.studio, definition, name=self.title, target=self.target, message=message)

    def fetch(self, *, draft: bool = False) -> StudioFlow:
        """The flow as it runs, or with `draft` at its newest revision."""
        sid = self.studio.find(self.target)
        if sid is None:
            raise StudioError(f"There is no flow '{self.target}'; `agent flows deploy` makes it")
        found = self.studio.fetch(sid) if draft else self.studio.fetch_published(sid)
        if found is None:
            raise StudioError(f"Flow {sid} has never been published; --draft takes it as it is")
        return found

    def compare(self, flow: StudioFlow) -> list[Difference]:
        return find_differences(self.rendered, flow.definition)

    def pull(self, flow: StudioFlow) -> Pulled:
        """The template as `flow` would have it."""
        values = self.parameters.to_values()
        return pull(flow.definition, self.template, values, name=self.path.stem)
