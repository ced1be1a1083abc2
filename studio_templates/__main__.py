"""`python -m studio_templates` is `agent flows`."""

from studio_templates.commands import app

app(prog_name="python -m studio_templates")
