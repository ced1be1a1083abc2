"""Checks that go wrong themselves: the others are shown all the same, and nothing is told twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from getting_started.doctor.check import Check, Finding, Status, failed, ok
from getting_started.doctor.examination import Examination
from getting_started.doctor.register import CHECKS
from getting_started.doctor.runner import examine
from tests.environment import COMPLETE


@pytest.fixture
def examination(tmp_path: Path) -> Iterator[Examination]:
    examination = Examination(COMPLETE, folder=tmp_path)
    yield examination
    examination.close()


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Examination]:
    """For what never ends; long enough for what ends at once, on a busy machine too."""
    examination = Examination(COMPLETE, seconds=0.7, folder=tmp_path)
    yield examination
    examination.close()


def fine(_examination: Examination) -> Finding:
    return ok("fine")


def broken(_examination: Examination) -> Finding:
    raise LookupError("a word")


def bad(_examination: Examination) -> Finding:
    return failed("bad", remedy="")


async def statuses(examination: Examination, *checks: Check, only: str = "") -> dict[str, Status]:
    found = await examine(examination, checks, only=[only] if only else [])
    return {one.check.name: one.finding.status for one in found}


def test_names_are_unique_and_needs_come_before() -> None:
    seen: set[str] = set()
    for check in CHECKS:
        assert check.name not in seen
        assert set(check.needs) <= seen
        seen.add(check.name)


async def test_broken_check_fails_alone(examination: Examination) -> None:
    found = await statuses(examination, Check("a", "A", broken), Check("b", "B", fine))

    assert found == {"a": Status.FAILED, "b": Status.OK}


async def test_endless_check_fails_alone(impatient: Examination) -> None:
    stop = Event()

    def endless(_examination: Examination) -> Finding:
        stop.wait(50)
        return ok("late")

    begun = time.monotonic()
    found = await statuses(impatient, Check("a", "A", endless), Check("b", "B", fine))
    stop.set()

    assert found == {"a": Status.FAILED, "b": Status.OK}
    assert time.monotonic() - begun < 40


async def test_what_needs_a_failed_check_is_skipped(examination: Examination) -> None:
    checks = (Check("a", "A", bad), Check("b", "B", fine, ("a",)), Check("c", "C", fine, ("b",)))

    found = await statuses(examination, *checks)

    assert found == {"a": Status.FAILED, "b": Status.SKIPPED, "c": Status.SKIPPED}


async def test_chosen_check_brings_what_it_needs(examination: Examination) -> None:
    checks = (Check("a", "A", bad), Check("b", "B", fine, ("a",)), Check("c", "C", fine))

    assert await statuses(examination, *checks, only="b") == {"b": Status.SKIPPED}


def test_thing_is_read_once(examination: Examination) -> None:
    calls: list[int] = []

    def read() -> int:
        calls.append(1)
        return 7

    assert [examination.once("a", read) for _ in range(3)] == [7, 7, 7]
    assert calls == [1]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("it is invented-auth-token", "it is (secret)"),
        ("from +15550100002 to", "from +1555*****02 to"),
        ("postgresql://agent:a-word@host/x", "postgresql://agent:***@host/x"),
        ("FW00000000000000000000000000000001", "FW00000000000000000000000000000001"),
    ],
    ids=["token", "number", "password", "SID"],
)
def test_secret_is_hidden(examination: Examination, text: str, shown: str) -> None:
    assert examination.hide(text) == shown
