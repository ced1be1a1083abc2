"""All checks at once: each in a thread of its own, with a time limit, after those it needs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread

import httpx

from agent.errors import AgentError
from agent.twilio_api.rest import refusal_of
from getting_started.doctor.check import Check, Finding, failed, skipped
from getting_started.doctor.examination import Examination
from getting_started.setup.errors import REQUEST_ERRORS, explain

ANSWERS = 3
"""A check asks several times: so many slow answers it may take."""
_AGAIN = "uv run agent doctor  (once more; status.twilio.com tells of outages)"


@dataclass(frozen=True)
class Examined:
    """A check, and what it found."""

    check: Check
    finding: Finding


async def examine(
    examination: Examination,
    checks: Sequence[Check],
    *,
    only: Collection[str] = (),
    report: Callable[[Check], object] = lambda _check: None,
) -> list[Examined]:
    """What the checks find, in their order; `only` names those to show, all where it is empty.

    `report` is told of each that is done. Never raises what a check raises.
    """
    chosen = _with_needs(checks, only)
    running: dict[str, asyncio.Task[Finding]] = {}

    async def run(check: Check) -> Finding:
        finding = await _skip(check, running) or await _look(examination, check)
        report(check)
        return finding

    for check in chosen:
        running[check.name] = asyncio.create_task(run(check))
    return [
        Examined(check, await running[check.name])
        for check in chosen
        if not only or check.name in only
    ]


def _with_needs(checks: Sequence[Check], only: Collection[str]) -> list[Check]:
    wanted = set(only) or {check.name for check in checks}
    for check in reversed(checks):
        if check.name in wanted:
            wanted.update(check.needs)
    return [check for check in checks if check.name in wanted]


async def _skip(check: Check, running: dict[str, asyncio.Task[Finding]]) -> Finding | None:
    """Why the check says nothing: something that it needs is not met."""
    unmet = [need for need in check.needs if not (await running[need]).is_met]
    return skipped(f"needs {', '.join(unmet)}") if unmet else None


async def _look(examination: Examination, check: Check) -> Finding:
    seconds = examination.seconds * ANSWERS
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.wrap_future(_in_thread(lambda: check.look(examination)))
    except TimeoutError:
        return failed(f"no answer within {seconds:g} seconds", remedy=_AGAIN)
    except REQUEST_ERRORS as error:
        return _tell_twilio(error)
    except httpx.HTTPError as error:
        return failed(f"no answer: {error or type(error).__name__}", remedy=_AGAIN)
    except AgentError as error:
        reason, *evidence = str(error).splitlines()
        return failed(reason, *evidence, remedy="")
    except Exception as error:  # noqa: BLE001 - whatever happens to one line, the others are shown
        return failed(f"could not be looked at: {error!r}", remedy="")


def _in_thread(look: Callable[[], Finding]) -> Future[Finding]:
    """A thread that does not hold up the end of the program, as an executor's would."""
    future: Future[Finding] = Future()

    def run() -> None:
        try:
            future.set_result(look())
        except BaseException as error:  # noqa: BLE001 - told by the future
            future.set_exception(error)

    future.set_running_or_notify_cancel()
    Thread(target=run, daemon=True).start()
    return future


def _tell_twilio(error: Exception) -> Finding:
    refusal = refusal_of(error)
    if refusal is None:
        return failed(f"no answer from Twilio: {type(error).__name__}", remedy=_AGAIN)
    said = str(explain(refusal, "Twilio")).removeprefix("Twilio: ")
    return failed(said, remedy=_AGAIN if refusal.status >= 500 else "")
