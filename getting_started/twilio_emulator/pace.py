"""How slowly control planes work: operations that stay PENDING, changes that are not seen at once.

https://www.twilio.com/docs/api/conversations/v2/operation
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from getting_started.twilio_emulator.errors import not_found
from getting_started.twilio_emulator.wire import Wire

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio


class Pace(BaseModel):
    """Counted in reads, so that nothing waits for time. 0 and 0: everything is done at once.

    An operation is PENDING for `pending_reads` reads of it. A changed resource is read as it was
    until its operation is COMPLETED, and then for `stale_reads` reads more.
    """

    model_config = ConfigDict(extra="forbid")

    pending_reads: int = Field(default=0, ge=0, le=1000)
    stale_reads: int = Field(default=0, ge=0, le=1000)


class Operation(Wire):
    """What a 202 answer points at."""

    operation_id: str
    status: Literal["PENDING", "COMPLETED", "FAILED"] = "PENDING"
    created_at: str
    completed_at: str | None = None
    status_url: str
    error: dict[str, Any] | None = None

    _reads: int = PrivateAttr(default=0)
    _pending_reads: int = PrivateAttr(default=0)

    @property
    def is_pending(self) -> bool:
        return self.status == "PENDING"

    @property
    def is_queued(self) -> bool:
        """Nobody has asked for it yet."""
        return self.is_pending and self._reads == 0

    def start(self, pending_reads: int) -> None:
        self._pending_reads = pending_reads
        self._complete_when_due()

    def read(self) -> None:
        """Somebody looks how far it is."""
        self._complete_when_due()
        self._reads += 1

    def _complete_when_due(self) -> None:
        if self.is_pending and self._reads >= self._pending_reads:
            self.status, self.completed_at = "COMPLETED", self.created_at


AnyOperation = TypeVar("AnyOperation", bound=Operation)


class Operations(Generic[AnyOperation]):
    """The operations of one product, by id."""

    def __init__(self, twilio: Twilio, product: str, prefix: str, path: str) -> None:
        self._twilio, self._product, self._prefix, self._path = twilio, product, prefix, path
        self._operations: dict[str, AnyOperation] = {}

    def start(self, shape: type[AnyOperation], **fields: Any) -> AnyOperation:
        operation_id = self._twilio.sids.ttid(self._prefix)
        operation = shape(
            operation_id=operation_id,
            created_at=self._twilio.clock.timestamp(),
            status_url=self._twilio.url(self._product, f"{self._path}/{operation_id}"),
            **fields,
        )
        operation.start(self._twilio.pace.pending_reads)
        self._operations[operation_id] = operation
        return operation

    def read_or_raise(self, operation_id: str) -> AnyOperation:
        if operation_id not in self._operations:
            raise not_found(f"/ControlPlane/Operations/{operation_id}")
        operation = self._operations[operation_id]
        operation.read()
        return operation


@dataclass
class _Earlier:
    shown: dict[str, Any] | None
    operation: Operation | None
    reads_left: int


class Views:
    """Resources as readers see them: for a while as they were before their last change."""

    def __init__(self, twilio: Twilio) -> None:
        self._twilio = twilio
        self._earlier: dict[str, _Earlier] = {}

    def change(
        self, key: str, before: dict[str, Any] | None, operation: Operation | None = None
    ) -> None:
        """`before` is None where the resource is new."""
        if key in self._earlier:
            before = self._earlier[key].shown
        self._earlier[key] = _Earlier(before, operation, self._twilio.pace.stale_reads)

    def read(self, key: str, current: dict[str, Any] | None) -> dict[str, Any] | None:
        """The resource as shown to this read; None where it is not there, yet or any more."""
        earlier = self._earlier.get(key)
        if earlier is None:
            return current
        if earlier.operation and earlier.operation.is_pending:
            return earlier.shown
        if earlier.reads_left:
            earlier.reads_left -= 1
            return earlier.shown
        del self._earlier[key]
        return current

    def read_or_raise(self, key: str, current: dict[str, Any] | None, what: str) -> dict[str, Any]:
        shown = self.read(key, current)
        if shown is None:
            raise not_found(what)
        return shown

    def read_all(self, current: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
        keys = dict.fromkeys([*current, *self._earlier])
        shown = [self.read(key, current.get(key)) for key in keys]
        return [one for one in shown if one is not None]
