"""`agent flows`: the templates here beside the flows of an account."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from agent.errors import AgentError, SettingsError
from agent.settings import read_environment, variable_of
from studio_templates.compare import align
from studio_templates.deploy import Change
from studio_templates.display import (
    print_json,
    show_differences,
    show_errors,
    show_notes,
    show_unified,
    to_json,
)
from studio_templates.errors import FlowError, StudioError
from studio_templates.formatting import to_text, unified_diff
from studio_templates.render import (
    AGENT_HANDOFF,
    FLOWS,
    ParameterError,
    Parameters,
    find_template,
)
from studio_templates.studio import StudioFlow
from studio_templates.workbench import Workbench, check_template

DEFAULT = AGENT_HANDOFF.stem
DIFFERENT = 1
FAILED = 2


class Telling(TyperGroup):
    """Ends a command that cannot go on with words, not with a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (AgentError, ParameterError) as error:
            typer.echo(error, err=True)
            raise typer.Exit(FAILED) from None


app = typer.Typer(
    cls=Telling,
    help="The Studio flow that takes a handoff: check its template, publish it, compare the two.",
    epilog="Account and parameters come from the environment and .env; what is not set there is "
    "looked up in the account.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Name = Annotated[str, typer.Argument(help="A template that `list` shows, or a JSON file.")]
Given = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A parameter, in place of the environment's; repeatable: "
        f"{', '.join(Parameters.model_fields)}.",
    ),
]
Flow = Annotated[
    str,
    typer.Option(
        metavar="SID|NAME",
        help=f"The flow in the account. Else that of {variable_of('handoff_flow_sid')}, or the "
        "one with the template's name. A new flow gets the NAME.",
    ),
]
Draft = Annotated[
    bool, typer.Option("--draft", help="Take the newest revision, even if it is not published.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_flows(given: Given = None, as_json: AsJson = False) -> None:
    """List the templates here and the flows of the account, and which of these are equal."""
    benches = [_open(path.stem, given) for path in sorted(FLOWS.glob("*.json"))]
    if not as_json:
        for bench in benches:
            typer.echo(f"template {bench.path.stem}: becomes the flow '{bench.title}'")
    flows = [_describe(flow, benches) for flow in benches[0].studio.list()]
    if as_json:
        print_json({"templates": [bench.path.stem for bench in benches], "flows": flows})
        return
    for flow in flows:
        typer.echo("{sid}  {friendly_name}: {status}, revision {revision}, {state}".format(**flow))


@app.command()
def render(
    template: Name = DEFAULT,
    given: Given = None,
    out: Annotated[Path | None, typer.Option(help="File to write; else it is printed.")] = None,
) -> None:
    """Fill in a template: the definition that Studio imports. Holds the flow's password."""
    definition = _open(template, given).definition
    if out is None:
        typer.echo(to_text(definition), nl=False)
        return
    out.write_text(to_text(definition), encoding="utf-8")
    typer.echo(f"Wrote {out}: {len(definition['states'])} widgets")


@app.command()
def validate(
    templates: Annotated[
        list[str] | None, typer.Argument(help="Templates or JSON files; all when left out.")
    ] = None,
    twilio: Annotated[
        bool, typer.Option("--twilio", help="Let Twilio check them too, with your parameters.")
    ] = False,
    given: Given = None,
    as_json: AsJson = False,
) -> None:
    """Check templates without a network; exit code 1 when one has an error."""
    names = templates or [path.stem for path in sorted(FLOWS.glob("*.json"))]
    found = {name: _find_errors(_open(name, given), twilio=twilio) for name in names}
    if as_json:
        print_json({name: [asdict(error) for error in found[name]] for name in names})
    else:
        for name in names:
            show_errors(found[name], otherwise=f"{find_template(name).name}: no errors")
    if any(found.values()):
        raise typer.Exit(DIFFERENT)


@app.command()
def deploy(
    template: Name = DEFAULT,
    flow: Flow = "",
    message: Annotated[str, typer.Option(help="Kept with the revision.")] = "",
    given: Given = None,
    as_json: AsJson = False,
) -> None:
    """Check a template at Twilio and publish it; nothing is done where the flow is equal already.

    A flow is made if there is none. Edits made in Studio's console are undone:
    `diff` shows them, `pull` keeps them. Studio keeps the earlier revisions.
    """
    bench = _open(template, given, flow)
    done = bench.deploy(message or f"Deployed from {bench.path.name}")
    if as_json:
        fields = {"sid": done.sid, "revision": done.revision, "change": done.change}
        print_json({**fields, "differences": [to_json(one) for one in done.differences]})
        return
    show_differences(done.differences)
    already = " already, no new revision" if done.change is Change.UNCHANGED else ""
    typer.echo(f"{bench.title}: {done.change}, revision {done.revision} is published{already}")
    typer.echo(f"{variable_of('handoff_flow_sid')}={done.sid}")


@app.command()
def diff(
    template: Name = DEFAULT,
    flow: Flow = "",
    unified: Annotated[
        bool, typer.Option("--unified", help="Show the JSON, as `diff -u` does.")
    ] = False,
    draft: Draft = False,
    given: Given = None,
    as_json: AsJson = False,
) -> None:
    """Show what the flow has otherwise than its template, by widget and field.

    Exit code 0: equal, 1: different, 2: trouble. What Studio's editor writes
    by itself does not count, such as places on the canvas.
    """
    bench = _open(template, given, flow)
    found = bench.fetch(draft=draft)
    differences = bench.compare(found)
    if as_json:
        print_json({"equal": not differences, "differences": [*map(to_json, differences)]})
    elif not differences:
        typer.echo(f"{_name(found)} is equal to {bench.path.name}")
    elif unified:
        texts = (to_text(bench.rendered), to_text(align(found.definition, bench.rendered)))
        show_unified(unified_diff(*texts, names=(bench.path.name, _name(found))))
    else:
        typer.echo(f"- {bench.path.name}\n+ {_name(found)}\n")
        show_differences(differences)
    if differences:
        raise typer.Exit(DIFFERENT)


@app.command()
def pull(
    template: Name = DEFAULT,
    flow: Flow = "",
    write: Annotated[bool, typer.Option("--write", help="Write the template.")] = False,
    draft: Draft = False,
    given: Given = None,
) -> None:
    """Show a flow that was edited in Studio's console as a change of the template.

    Values of parameters become placeholders again; it says which could not.
    After --write, look at the template and `validate` it.
    """
    bench = _open(template, given, flow)
    found = bench.fetch(draft=draft)
    pulled = bench.pull(found)
    before = to_text(bench.template)
    change = unified_diff(before, to_text(pulled.template), names=(bench.path.name, _name(found)))
    show_unified(change)
    show_notes(pulled.leftovers)
    if not change:
        typer.echo(f"{_name(found)} changes nothing in {bench.path.name}")
    elif write:
        bench.path.write_text(to_text(pulled.template), encoding="utf-8")
        typer.echo(f"Wrote {bench.path}")


def _open(template: str, given: list[str] | None, flow: str = "") -> Workbench:
    pairs = [one.partition("=") for one in given or ()]
    if wrong := [name for name, sign, _ in pairs if not sign]:
        raise typer.BadParameter(f"--set takes NAME=VALUE; got {', '.join(wrong)}")
    values = {name: value for name, _, value in pairs}
    return Workbench(find_template(template), read_environment(), values, flow)


def _name(flow: StudioFlow) -> str:
    return f'flow "{flow.friendly_name}" ({flow.sid}, revision {flow.revision}, {flow.status})'


def _describe(flow: StudioFlow, benches: list[Workbench]) -> dict[str, Any]:
    """A flow of the account, with its template and how it stands to that."""
    fields = {name: value for name, value in asdict(flow).items() if name != "definition"}
    bench = next((one for one in benches if one.target in (flow.sid, flow.friendly_name)), None)
    if bench is None:
        return {**fields, "template": None, "state": "made elsewhere"}
    return {**fields, "template": bench.path.stem, "state": _compare(bench, flow)}


def _compare(bench: Workbench, flow: StudioFlow) -> str:
    published = bench.studio.fetch_published(flow.sid)
    if published is None:
        return "never published"
    try:
        count = len(bench.compare(published))
    except (SettingsError, ParameterError) as error:  # the others can still be listed
        typer.echo(error, err=True)
        return f"not compared with {bench.path.stem}"
    return (
        f"{count} fields differ from {bench.path.stem}" if count else f"equal to {bench.path.stem}"
    )


def _find_errors(bench: Workbench, *, twilio: bool) -> list[FlowError]:
    errors = check_template(bench.path)
    if twilio and not errors:
        try:
            bench.studio.validate(bench.title, bench.definition)
        except StudioError as error:
            if not error.errors:
                raise
            return [*error.errors]
    return errors
