"""What the conversation configuration builds on.

https://www.twilio.com/docs/conversations/memory
"""

from __future__ import annotations

from getting_started.doctor.check import Finding, failed
from getting_started.doctor.checks.planned import exists
from getting_started.doctor.examination import Examination

STORE = "memory-store"


def has_memory(examination: Examination) -> Finding:
    """The memory store is ACTIVE: before, customers are silently not recognized."""
    finding = exists(STORE)(examination)
    change = examination.plan(STORE)
    status = change.current.get("status", "ACTIVE")
    if not finding.is_met or status == "ACTIVE":
        return finding
    return failed(f"{change.title} is {status}", change.id, remedy="look again in some minutes")
