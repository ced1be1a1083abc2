"""How fast and how dear: this agent beside plain Twilio Agent Connect, under the same load.

    uv run python benchmarks/speed.py
    uv run python benchmarks/speed.py --quick --json speed.json --chart speed.svg

A language model and Twilio's APIs with fixed delays stand in for the real ones; each contender runs
in a process of its own, one after the other. Loopback only; it stops by itself. On a machine that
does other things meanwhile, the ratios say more than the figures.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from benchmarks.chart import draw
from benchmarks.contenders.running import CONTENDERS, Contender
from benchmarks.figures import Figures
from benchmarks.measuring import bench, measure
from benchmarks.plan import FULL, QUICK, TINY, Plan
from benchmarks.report import describe_machine, print_tables, to_json

PLANS = {"full": FULL, "quick": QUICK, "tiny": TINY}

app = typer.Typer(pretty_exceptions_enable=False)
LEAST_WIDTH = 130

console = Console(highlight=False, soft_wrap=True)
console.width = max(console.width, LEAST_WIDTH)


async def compare(contenders: list[Contender], plan: Plan) -> list[Figures]:
    """The figures of each contender, one after the other."""
    async with bench() as stand_ins:
        with console.status("") as status:
            return [
                await measure(contender, plan, stand_ins, status.update) for contender in contenders
            ]


@app.command()
def main(
    only: Annotated[
        list[str] | None, typer.Option(help="Names of contenders, or parts of them.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Within a minute or so.")] = False,
    tiny: Annotated[bool, typer.Option("--tiny", help="Only whether it runs.")] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", dir_okay=False, help="Write the figures here.")
    ] = None,
    chart_file: Annotated[
        Path | None, typer.Option("--chart", dir_okay=False, help="Draw them here, as SVG.")
    ] = None,
) -> None:
    """Measure and print."""
    plan = PLANS["tiny" if tiny else "quick" if quick else "full"]
    wanted = [one for one in CONTENDERS if not only or any(part in one.name for part in only)]
    if not wanted:
        raise typer.BadParameter(f"There are {', '.join(one.name for one in CONTENDERS)}")
    machine = describe_machine()
    figures = uvloop.run(compare(wanted, plan))
    print_tables(console, machine, figures)
    if json_file:
        json_file.write_text(json.dumps(to_json(machine, figures), indent=2) + "\n")
    if chart_file:
        chart_file.write_text(draw(machine, figures))


if __name__ == "__main__":
    app()
