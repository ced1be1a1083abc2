"""The Studio flow that takes the handoff: what of it runs.

https://www.twilio.com/docs/studio/rest-api/v2/flow
"""

from __future__ import annotations

from getting_started.doctor.check import Finding, failed, ok, warning
from getting_started.doctor.checks.planned import apply_command
from getting_started.doctor.examination import Examination
from studio_templates.studio import PUBLISHED, Studio

SETUP = "studio-flow"


def is_published(examination: Examination) -> Finding:
    """The newest revision is valid, and is the one that runs."""
    flow_sid = examination.plan(SETUP).id
    flow = examination.account.client.studio.v2.flows(flow_sid).fetch()
    if not flow.valid:
        errors = [f"{one.get('property_path')}: {one['message']}" for one in flow.errors or []]
        reason = f"Studio calls revision {flow.revision} invalid"
        return failed(reason, *errors, remedy=apply_command(SETUP))
    if flow.status == PUBLISHED:
        return ok(f"revision {flow.revision}")
    published = Studio(examination.account.client).fetch_published(flow_sid)
    if published is None:
        return failed("it has never been published", flow_sid, remedy=apply_command(SETUP))
    reason = f"revision {flow.revision} is a draft; what runs is revision {published.revision}"
    remedy = "uv run agent flows diff --draft, then publish it in Studio or let it be"
    return warning(reason, flow_sid, remedy=remedy)
