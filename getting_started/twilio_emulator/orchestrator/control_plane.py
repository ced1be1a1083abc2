"""Configurations of Conversation Orchestrator and the operations that change them.

https://www.twilio.com/docs/api/conversations/v2/configuration/create-configuration
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from getting_started.twilio_emulator.errors import bad_request, conflict, not_found
from getting_started.twilio_emulator.orchestrator.models import (
    Configuration,
    ConfigurationRequest,
    RelatedOperation,
)
from getting_started.twilio_emulator.pace import Operations, Views
from getting_started.twilio_emulator.wire import parse, without_null

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

MAX_CONFIGURATIONS = 10


class ControlPlane:
    """Configurations by id. A change works at once; when readers see it, the pace says."""

    def __init__(self, twilio: Twilio) -> None:
        self._twilio = twilio
        self.configurations: dict[str, Configuration] = {}
        self.operations: Operations[RelatedOperation] = Operations(
            twilio, "conversations", "conv_operation", "/v2/ControlPlane/Operations"
        )
        self._views = Views(twilio)
        self._answered: dict[str, RelatedOperation] = {}

    def get_or_raise(self, configuration_id: str) -> Configuration:
        if configuration_id not in self.configurations:
            raise not_found(f"/ControlPlane/Configurations/{configuration_id}")
        return self.configurations[configuration_id]

    def read_or_raise(self, configuration_id: str) -> dict[str, Any]:
        """A configuration as shown to this reader, who may not see its last change yet."""
        current = self.configurations.get(configuration_id)
        return self._views.read_or_raise(
            configuration_id,
            current.to_json() if current else None,
            f"/ControlPlane/Configurations/{configuration_id}",
        )

    def read_all(self) -> list[dict[str, Any]]:
        return self._views.read_all(
            {name: one.to_json() for name, one in self.configurations.items()}
        )

    def find_bridge(self, service_sid: str) -> Configuration | None:
        """The configuration that mirrors this classic service."""
        for configuration in self.configurations.values():
            bridge = configuration.conversations_v1_bridge
            if bridge and bridge.service_id == service_sid:
                return configuration
        return None

    def create(self, body: dict[str, Any]) -> Configuration:
        if len(self.configurations) >= MAX_CONFIGURATIONS:
            raise bad_request(f"An account holds at most {MAX_CONFIGURATIONS} configurations")
        configuration_id = self._twilio.sids.ttid("conv_configuration")
        now = self._twilio.clock.timestamp()
        return self._put(body, configuration_id, created_at=now, version=1)

    def replace(self, configuration_id: str, body: dict[str, Any]) -> Configuration:
        """PUT: a field left out is gone."""
        old = self.get_or_raise(configuration_id)
        return self._put(body, old.id, created_at=old.created_at, version=old.version + 1)

    def merge(self, configuration_id: str, body: dict[str, Any]) -> Configuration:
        """PATCH: `channelSettings` by channel, null removing one; other fields as given."""
        old = self.get_or_raise(configuration_id)
        written = ConfigurationRequest(**old.model_dump()).to_json()
        changes = without_null(body)
        channels = {**written["channelSettings"], **changes.pop("channelSettings", {})}
        merged = {**written, **changes, "channelSettings": without_null(channels)}
        return self._put(merged, old.id, created_at=old.created_at, version=old.version + 1)

    def delete(self, configuration_id: str) -> None:
        self.get_or_raise(configuration_id)
        del self.configurations[configuration_id]

    def start_operation(self, **related: str) -> RelatedOperation:
        return self.operations.start(RelatedOperation, related=related)

    def start_change(self, configuration_id: str, before: Configuration | None) -> RelatedOperation:
        """The operation of a change that is made already; `before` it readers see it."""
        operation = self.start_operation(configurationId=configuration_id)
        self._views.change(configuration_id, before.to_json() if before else None, operation)
        return operation

    def once(self, key: str | None, change: Callable[[], RelatedOperation]) -> RelatedOperation:
        """A repeat under the same `Idempotency-Key` gets the first answer."""
        if key is None:
            return change()
        if key not in self._answered:
            self._answered[key] = change()
        return self._answered[key]

    def _put(
        self, body: dict[str, Any], configuration_id: str, *, created_at: str, version: int
    ) -> Configuration:
        written = parse(ConfigurationRequest, without_null(body))
        bridge = written.conversations_v1_bridge
        other = self.find_bridge(bridge.service_id) if bridge else None
        if other and other.id != configuration_id:
            raise conflict(f"The conversation service is bridged by configuration {other.id}")
        configuration = Configuration(
            **written.model_dump(),
            id=configuration_id,
            created_at=created_at,
            updated_at=self._twilio.clock.timestamp(),
            version=version,
        )
        self.configurations[configuration_id] = configuration
        return configuration
