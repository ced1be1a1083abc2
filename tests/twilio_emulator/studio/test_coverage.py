"""The list of what is covered names every widget type."""

from __future__ import annotations

import re
from pathlib import Path

from getting_started.twilio_emulator.studio.widgets import WIDGETS
from studio_templates.widget_types import WIDGET_TYPES

COVERAGE = Path(__file__).parents[3] / "getting_started/twilio_emulator/COVERAGE.md"
REFUSED = {"connect-virtual-agent", "connect-virtual-agent-v2"}


def test_coverage_lists_every_widget_type() -> None:
    rows = re.findall(r"^\| (`.+?) \|", COVERAGE.read_text(encoding="utf-8"), re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`([\w-]+)`", row)}

    assert set(WIDGET_TYPES) <= listed


def test_every_known_type_but_the_connectors_is_emulated() -> None:
    assert set(WIDGETS) == set(WIDGET_TYPES) - REFUSED - {"trigger"}
