"""A flow as a Mermaid picture."""

from __future__ import annotations

from studio_templates.definition import FlowDefinition, Transition, Widget

END = "ended([end])"


def to_mermaid(definition: FlowDefinition) -> str:
    """One box a widget, one arrow a transition; failures are dotted."""
    lines = ["flowchart TD"]
    lines += [f"    {_box(widget)}" for widget in definition.states]
    lines.append(f"    {END}")
    lines += [
        f"    {widget.name} {_arrow(transition)} {transition.next or 'ended'}"
        for widget in definition.states
        for transition in widget.transitions
        if transition.next or widget.type != "trigger"
    ]
    return "\n".join(lines) + "\n"


def _box(widget: Widget) -> str:
    if widget.type == "trigger":
        return f"{widget.name}([{widget.name}])"
    if widget.type == "split-based-on":
        return f'{widget.name}{{"{widget.name}"}}'
    return f'{widget.name}["{widget.name}<br/><small>{widget.type}</small>"]'


def _arrow(transition: Transition) -> str:
    label = transition.event
    if transition.conditions and transition.conditions[0].friendly_name:
        label = transition.conditions[0].friendly_name
    dotted = "fail" in transition.event.lower()
    return f'-. "{label}" .->' if dotted else f'-- "{label}" -->'
