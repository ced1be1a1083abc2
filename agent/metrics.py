"""What the agent counts, for Prometheus (https://prometheus.io/docs/concepts/data_model/).

Labels hold kinds of things only, never anything of a customer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)

from agent.handoff.record import HandoffRecord, HandoffState

TEXT_FORMAT: Final = CONTENT_TYPE_LATEST
FIRST_WORDS_BUCKETS: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20)
HUMAN_BUCKETS: Final = (5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600)


@dataclass
class TurnMeasure:
    """One turn that goes on; how it ends is noted in `outcome`."""

    begun: float = field(default_factory=time.perf_counter)
    outcome: str = "answered"
    first_words_seconds: float | None = None

    def note_words(self) -> None:
        """There are words; only the first time counts."""
        if self.first_words_seconds is None:
            self.first_words_seconds = time.perf_counter() - self.begun


class Metrics:
    """The counters of one running agent, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._turns = Counter(
            "agent_turns", "Turns, by how they ended", ["channel", "outcome"], registry=registry
        )
        self._first_words = Histogram(
            "agent_first_words_seconds",
            "From the customer's words to the first of the reply",
            ["channel"],
            buckets=FIRST_WORDS_BUCKETS,
            registry=registry,
        )
        self._false_promises = Counter(
            "agent_false_promises",
            "Replies that promised a human without a handoff, by what was done about it",
            ["channel", "done"],
            registry=registry,
        )
        self._handoffs = Counter(
            "agent_handoffs",
            "States that handoffs came to; the reason is that of the handoff or of its failure",
            ["channel", "state", "reason"],
            registry=registry,
        )
        self._human_seconds = Histogram(
            "agent_time_to_human_seconds",
            "From the wish for a human to the human who accepted",
            ["channel"],
            buckets=HUMAN_BUCKETS,
            registry=registry,
        )
        self._model_failures = Counter(
            "agent_model_failures",
            "Answers of the model that failed or broke off",
            registry=registry,
        )
        self._twilio_requests = Counter(
            "agent_twilio_requests",
            "Requests to Twilio's APIs; the status is none where no answer came",
            ["product", "status"],
            registry=registry,
        )

        self._lost_messages = Counter(
            "agent_lost_messages",
            "Messages that could not be sent, or that nobody was there to answer",
            ["channel"],
            registry=registry,
        )

    @contextmanager
    def turn(self, channel: str) -> Iterator[TurnMeasure]:
        """Measure the turn that is made within."""
        measure = TurnMeasure()
        try:
            yield measure
        except (GeneratorExit, asyncio.CancelledError):
            measure.outcome = "interrupted"
            raise
        except Exception:
            measure.outcome = "failed"
            raise
        finally:
            self._turns.labels(channel, measure.outcome).inc()
            if measure.first_words_seconds is not None:
                self._first_words.labels(channel).observe(measure.first_words_seconds)

    def count_false_promise(self, channel: str, done: str) -> None:
        self._false_promises.labels(channel, done).inc()

    def count_handoff(self, record: HandoffRecord) -> None:
        """Count the state that the handoff has come to."""
        reason = record.failure or record.payload.attributes.reason_code.value
        self._handoffs.labels(record.channel, record.state.value, reason).inc()
        if record.state is HandoffState.ACCEPTED:
            waited = datetime.now(UTC) - record.requested_at
            self._human_seconds.labels(record.channel).observe(waited.total_seconds())

    def count_model_failure(self) -> None:
        self._model_failures.inc()

    def count_lost_message(self, channel: str) -> None:
        self._lost_messages.labels(channel).inc()

    def twilio_counter(self, product: str) -> Callable[[int | None], None]:
        """Counts requests to one product by the status of the answer, None where none came."""

        def count(status: int | None) -> None:
            self._twilio_requests.labels(product, str(status or "none")).inc()

        return count

    def to_text(self) -> bytes:
        """Everything in Prometheus's text format."""
        return generate_latest(self._registry)
