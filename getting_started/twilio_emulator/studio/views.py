"""Studio's resources as its API shows them.

https://www.twilio.com/docs/studio/rest-api/v2
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from getting_started.twilio_emulator.studio.execution import Execution
from getting_started.twilio_emulator.studio.models import Flow, Revision, Step


@dataclass(frozen=True)
class Views:
    """`root` is Studio's base address, `hook` the address of the inbound hook."""

    root: str
    hook: str
    account_sid: str

    def flow(self, flow: Flow) -> dict[str, Any]:
        url = f"{self.root}/v2/Flows/{flow.sid}"
        links = {"test_users": "TestUsers", "revisions": "Revisions", "executions": "Executions"}
        return {
            **self._saved(flow, flow.latest),
            "webhook_url": f"{self.hook}/v1/Accounts/{flow.account_sid}/Flows/{flow.sid}",
            "url": url,
            "links": {name: f"{url}/{path}" for name, path in links.items()},
        }

    def revision(self, flow: Flow, revision: Revision) -> dict[str, Any]:
        url = f"{self.root}/v2/Flows/{flow.sid}/Revisions/{revision.number}"
        return {**self._saved(flow, revision), "url": url}

    def test_users(self, flow: Flow) -> dict[str, Any]:
        url = f"{self.root}/v2/Flows/{flow.sid}/TestUsers"
        return {"sid": flow.sid, "test_users": flow.test_users, "url": url}

    def execution(self, execution: Execution) -> dict[str, Any]:
        url = self._execution_url(execution)
        return {
            "sid": execution.sid,
            "account_sid": execution.account_sid,
            "flow_sid": execution.flow_sid,
            "contact_sid": execution.contact_sid,
            "contact_channel_address": execution.contact,
            "context": {},
            "flow_version": execution.revision,
            "status": execution.status,
            "initiated_by": execution.account_sid,
            "date_created": execution.date_created,
            "date_updated": execution.date_updated,
            "url": url,
            "links": {"steps": f"{url}/Steps", "execution_context": f"{url}/Context"},
        }

    def execution_context(self, execution: Execution) -> dict[str, Any]:
        return {
            "account_sid": execution.account_sid,
            "context": execution.context,
            "execution_sid": execution.sid,
            "flow_sid": execution.flow_sid,
            "url": f"{self._execution_url(execution)}/Context",
        }

    def step(self, execution: Execution, step: Step) -> dict[str, Any]:
        url = f"{self._execution_url(execution)}/Steps/{step.sid}"
        return {
            "sid": step.sid,
            "account_sid": execution.account_sid,
            "flow_sid": execution.flow_sid,
            "execution_sid": execution.sid,
            "parent_step_sid": None,
            "name": step.name,
            "type": step.name,
            "context": {},
            "transitioned_from": step.transitioned_from,
            "transitioned_to": step.transitioned_to,
            "date_created": step.date_created,
            "date_updated": None,
            "url": url,
            "links": {"step_context": f"{url}/Context"},
        }

    def step_context(self, execution: Execution, step: Step) -> dict[str, Any]:
        return {
            "account_sid": execution.account_sid,
            "context": step.context,
            "execution_sid": execution.sid,
            "flow_sid": execution.flow_sid,
            "step_sid": step.sid,
            "url": f"{self._execution_url(execution)}/Steps/{step.sid}/Context",
        }

    def _saved(self, flow: Flow, revision: Revision) -> dict[str, Any]:
        return {
            "sid": flow.sid,
            "account_sid": flow.account_sid,
            "author_sid": self.account_sid,
            "friendly_name": revision.friendly_name,
            "definition": revision.definition,
            "status": revision.status,
            "revision": revision.number,
            "commit_message": revision.commit_message,
            "valid": revision.valid,
            "errors": list(revision.errors),
            "warnings": [],
            "date_created": flow.date_created,
            "date_updated": revision.date,
        }

    def _execution_url(self, execution: Execution) -> str:
        return f"{self.root}/v2/Flows/{execution.flow_sid}/Executions/{execution.sid}"
