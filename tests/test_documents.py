"""The documents say what is so: commands run, lists are complete, links lead somewhere."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from dotenv import dotenv_values

from agent.settings import Settings
from tests.commands import FEATURES, ROOT, one_line, run

README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
ENV_EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
DOCUMENTS = [*ROOT.glob("[A-Z]*.md"), *ROOT.glob("[a-z]*/README.md")]
FIELDS = {str(field.alias): field for field in Settings.model_fields.values()}
ZEROS = "0" * 32


def _blocks(language: str, text: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text.replace("\n   ", "\n"), re.DOTALL)


def _commands(text: str) -> set[str]:
    """Lines of shell blocks that run something of ours, without comments."""
    joined = "\n".join(_blocks("sh", text)).replace("\\\n", " ")
    lines = (line.partition("#")[0].strip() for line in joined.splitlines())
    return {" ".join(line.split()) for line in lines if line.startswith("uv run")}


COMMANDS = sorted(set().union(*(_commands(path.read_text("utf-8")) for path in DOCUMENTS)))
#: What is added to a command so that it ends soon, and the exit code without settings.
BOUNDED = {
    "getting_started/examples/features/handoff.py": (["--attribute", "none"], 2),
    "getting_started/examples/features/voice.py": ([], 0),
    "getting_started/examples/features/chat.py": (["--agent-port", "0"], 0),
    "getting_started/examples/features/ai_assistants.py": (["--help"], 0),
    "pytest": (["--collect-only", "-q", str(ROOT / "tests" / "tools")], 0),
    "agent serve": ([], 2),
    "agent demo": (["--help"], 0),
    "agent emulator": (["--help"], 0),
    "agent doctor": ([], 1),
    "agent setup": ([], 2),
    "agent handoffs": ([], 0),
    "agent flows": (["--help"], 0),
}


@pytest.mark.parametrize("command", COMMANDS)
async def test_command_runs(tmp_path: Path, command: str) -> None:
    words = shlex.split(re.sub(r"\b([A-Z]{2})…", rf"\g<1>{ZEROS}", command))[2:]
    more, code = next(bound for name, bound in BOUNDED.items() if name in command)
    if "--demo" in words:
        more, code = ["--help"], 0

    shown = await run(tmp_path, *_to_python(words), *more)

    assert shown.code == code, shown.err


def _to_python(words: list[str]) -> list[str]:
    """`uv run` finds commands and this folder's files; here python does."""
    if words[0] == "python":
        return [str(ROOT / word) if word.endswith(".py") else word for word in words[1:]]
    if words[0] == "pytest":
        return ["-m", "pytest", "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")]
    return ["-m", *words]


async def test_readme_shows_what_the_demo_prints(tmp_path: Path) -> None:
    shown = await run(tmp_path, FEATURES / "handoff.py", "--demo", "voice")

    (picture,) = _blocks("text", README)
    printed = _without_ids(shown.out)
    for line in picture.splitlines():
        words = line.strip("─ \n").removesuffix("…").strip()
        assert _without_ids(one_line(words)) in printed


def _without_ids(text: str) -> str:
    return re.sub(r"\b(WT|conv_conversation_)\w+", r"\1", text)


def test_readme_is_of_readable_length() -> None:
    assert 77 <= len(README.splitlines()) <= 190


def test_readme_lists_every_required_setting() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.+) \| (.+) \|$", README, re.MULTILINE)

    required = [name for name, field in FIELDS.items() if field.is_required()]
    assert [name for name, _, _ in rows] == [*required, "OPENAI_API_KEY"]
    for name, what, where in rows:
        extra = FIELDS[name].json_schema_extra
        assert isinstance(extra, dict)
        assert (what, where) == (FIELDS[name].description, extra["where"])


def test_env_example_lists_every_setting() -> None:
    listed = re.findall(r"^(?:# )?([A-Z]+_[A-Z_]+)=", ENV_EXAMPLE, re.MULTILINE)

    assert sorted(listed) == sorted(FIELDS)


def test_env_example_wants_the_required_settings_first() -> None:
    open_ones = re.findall(r"^([A-Z_]+)=(.*)$", ENV_EXAMPLE, re.MULTILINE)

    required = [name for name, field in FIELDS.items() if field.is_required()]
    assert open_ones == [(name, "") for name in [*required, "OPENAI_API_KEY"]]


def test_env_example_shows_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "defaults"
    file.write_text(re.sub(r"^# (?=[A-Z]+_[A-Z_]+=)", "", ENV_EXAMPLE, flags=re.MULTILINE))
    shown = {name: value for name, value in dotenv_values(file).items() if value}

    defaults = {name: _as_text(field.default) for name, field in FIELDS.items()}
    assert shown == {name: text for name, text in defaults.items() if text}


def _as_text(default: object) -> str:
    if isinstance(default, bool | dict):
        return json.dumps(default)
    if isinstance(default, Path):
        return default.relative_to(ROOT).as_posix()
    if isinstance(default, list):
        return ",".join(default)
    return str(default) if isinstance(default, str | int | float) else ""


def test_architecture_explains_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    entries = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[\[=<>~]", entry)[0] for entry in entries}

    explained = set(re.findall(r"^\| `([a-z][\w-]+)` \|", ARCHITECTURE, re.MULTILINE))
    assert names <= explained


def test_ci_runs_what_make_check_runs() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = re.findall(r"^check: (.*) ##", makefile, re.MULTILINE)[0].split()
    recipes = dict(re.findall(r"^([a-z-]+):.*\n\t(uv .*)$", makefile, re.MULTILINE))

    run_by_ci = re.findall(r"^check (uv .*)$", (ROOT / ".ci/run").read_text("utf-8"), re.MULTILINE)
    assert run_by_ci == [recipes[target] for target in targets]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text("utf-8")
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text)]

    local = [target for target in targets if target and "://" not in target]
    assert [target for target in local if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_named_files_exist(document: Path) -> None:
    named = re.findall(
        r"`((?:agent|tools|studio_templates|getting_started|tests)/[\w./]+)`",
        document.read_text("utf-8"),
    )

    assert [name for name in named if not (ROOT / name).exists()] == []
