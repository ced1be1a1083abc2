"""`python -m studio_templates`: check every template; exit code 1 when one has an error."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console

from studio_templates.errors import FlowError
from studio_templates.render import EXAMPLE, FLOWS, render
from studio_templates.validate import find_errors


def check_template(path: Path) -> list[FlowError]:
    """The errors of one template, rendered with example parameters."""
    try:
        return find_errors(render(EXAMPLE, path), flow=path.stem)
    except ValueError as error:  # no JSON, an unknown placeholder, no flow definition
        return [FlowError(path.stem, "", "template", str(error), "correct the file", "#")]


def main(folder: Path = FLOWS) -> int:
    console = Console(soft_wrap=True)
    found = 0
    for path in sorted(folder.glob("*.json")):
        errors = check_template(path)
        found += len(errors)
        for error in errors:
            console.print(str(error), style="red", markup=False)
        if not errors:
            console.print(f"{path.name}: no errors", style="green", markup=False)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*(Path(argument) for argument in sys.argv[1:2])))
