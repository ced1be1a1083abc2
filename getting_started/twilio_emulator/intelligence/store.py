"""State and rules of Conversation Intelligence: what runs over a conversation, and its results.

https://www.twilio.com/docs/conversations/intelligence
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from getting_started.twilio_emulator.errors import bad_request, not_found
from getting_started.twilio_emulator.intelligence.models import (
    Configuration,
    ConfigurationRequest,
    Operator,
    OperatorReference,
    OperatorRequest,
    OperatorResult,
    Rule,
    RuleExecutionRequest,
)
from getting_started.twilio_emulator.intelligence.summary import summarize
from getting_started.twilio_emulator.orchestrator.models import Conversation
from getting_started.twilio_emulator.pace import Views

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

SUMMARY = "intelligence_operator_01kcv35pnkeysaf6z6cqtbpegn"
TWILIO_AUTHORED = (
    (SUMMARY, "Summary", "TEXT"),
    ("intelligence_operator_01kcrvw16kfa88qvgrfmr7y151", "Sentiment Analysis", "CLASSIFICATION"),
    ("intelligence_operator_01kea27sy7ffsafmtsfp17nzx4", "Next Best Response", "TEXT"),
    ("intelligence_operator_01kf34tcyefpyb1t4m0nbd8rxg", "Script Adherence", "JSON"),
)


class IntelligenceStore:
    """Configurations, operators and results of the account."""

    def __init__(self, twilio: Twilio) -> None:
        self.twilio = twilio
        self.configurations: dict[str, Configuration] = {}
        self._views = Views(twilio)
        self.results: dict[str, OperatorResult] = {}
        now = twilio.clock.timestamp()
        self.operators: dict[str, Operator] = {
            operator_id: Operator.model_validate(
                {
                    "id": operator_id,
                    "display_name": name,
                    "output_format": output_format,
                    "author": "TWILIO",
                    "date_created": now,
                    "date_updated": now,
                }
            )
            for operator_id, name, output_format in TWILIO_AUTHORED
        }

    # Configurations

    def create_configuration(self, request: ConfigurationRequest) -> Configuration:
        return self._put(
            request,
            self.twilio.sids.ttid("intelligence_configuration"),
            created=self.twilio.clock.timestamp(),
            version=1,
        )

    def get_configuration_or_raise(self, configuration_id: str) -> Configuration:
        if configuration_id not in self.configurations:
            raise not_found(f"/ControlPlane/Configurations/{configuration_id}")
        return self.configurations[configuration_id]

    def read_configuration_or_raise(self, configuration_id: str) -> dict[str, Any]:
        """A configuration as shown to this reader, who may not see its last change yet."""
        current = self.configurations.get(configuration_id)
        return self._views.read_or_raise(
            configuration_id,
            current.to_json() if current else None,
            f"/ControlPlane/Configurations/{configuration_id}",
        )

    def read_all_configurations(self) -> list[dict[str, Any]]:
        return self._views.read_all(
            {name: one.to_json() for name, one in self.configurations.items()}
        )

    def delete_configuration(self, configuration_id: str) -> None:
        old = self.get_configuration_or_raise(configuration_id)
        self._views.change(configuration_id, old.to_json())
        del self.configurations[configuration_id]

    def replace_configuration(
        self, configuration_id: str, request: ConfigurationRequest
    ) -> Configuration:
        old = self.get_configuration_or_raise(configuration_id)
        return self._put(request, old.id, created=old.date_created, version=old.version + 1)

    def _put(
        self, request: ConfigurationRequest, configuration_id: str, *, created: str, version: int
    ) -> Configuration:
        for rule in request.rules:
            for operator in rule.operators:
                self.get_operator_or_raise(operator.id)
            rule.id = rule.id or self.twilio.sids.ttid("intelligence_configurationrule")
        configuration = Configuration(
            **request.model_dump(),
            id=configuration_id,
            account_id=self.twilio.account.sid,
            version=version,
            date_created=created,
            date_updated=self.twilio.clock.timestamp(),
        )
        before = self.configurations.get(configuration_id)
        self._views.change(configuration_id, before.to_json() if before else None)
        self.configurations[configuration_id] = configuration
        return configuration

    # Operators

    def get_operator_or_raise(self, operator_id: str) -> Operator:
        if operator_id not in self.operators:
            raise not_found(f"/ControlPlane/Operators/{operator_id}")
        return self.operators[operator_id]

    def get_own_operator_or_raise(self, operator_id: str) -> Operator:
        """Twilio's own cannot be changed and, for a change, are not there."""
        operator = self.get_operator_or_raise(operator_id)
        if operator.author == "TWILIO":
            raise not_found(f"/ControlPlane/Operators/{operator_id}")
        return operator

    def create_operator(self, request: OperatorRequest) -> Operator:
        now = self.twilio.clock.timestamp()
        operator = Operator(
            **request.model_dump(),
            id=self.twilio.sids.ttid("intelligence_operator"),
            author="SELF",
            date_created=now,
            date_updated=now,
        )
        self.operators[operator.id] = operator
        return operator

    # Rules and their results

    async def run_rules(
        self,
        conversation_id: str,
        trigger: Literal["CONVERSATION_INACTIVE", "CONVERSATION_END"],
    ) -> None:
        """Run what the conversation's configurations say for this trigger."""
        conversation = self.twilio.orchestrator.conversations.get(conversation_id)
        if conversation is None:
            return
        for configuration_id in conversation.configuration.intelligence_configuration_ids:
            configuration = self.configurations.get(configuration_id)
            for rule in configuration.rules if configuration else []:
                if configuration and rule.runs_on(trigger):
                    await self._run(configuration, rule, conversation, trigger)

    async def execute_rule(self, request: RuleExecutionRequest) -> None:
        """Run one rule now, by hand."""
        configuration = self.get_configuration_or_raise(request.intelligence_configuration_id)
        conversation = self.twilio.orchestrator.get_conversation_or_raise(request.conversation_id)
        for rule in configuration.rules:
            if rule.id == request.rule_id:
                await self._run(configuration, rule, conversation, "MANUAL")
                return
        raise bad_request(f"Configuration {configuration.id} has no rule {request.rule_id}")

    def summarize(self, conversation: Conversation) -> str | None:
        return summarize(conversation)

    def latest_summary(self, conversation_id: str) -> str | None:
        """The text of the newest result of the Summary operator."""
        for result in reversed(self.results.values()):
            if (result.conversation_id, result.operator["id"]) == (conversation_id, SUMMARY):
                return str(result.result["text"])
        return None

    async def _run(
        self, configuration: Configuration, rule: Rule, conversation: Conversation, trigger: str
    ) -> None:
        results = []
        for reference in rule.operators:
            output = self._operate(reference, conversation)
            if output is None:
                continue
            result = self._keep(configuration, rule, reference, conversation, trigger, output)
            results.append(result)
            await self.twilio.journal.record(
                "operator_result",
                conversation_id=conversation.id,
                operator=result.operator["displayName"],
                trigger=trigger,
                result=output,
            )
        if results:
            self._call_webhooks(configuration, rule, conversation, results)

    def _operate(
        self, reference: OperatorReference, conversation: Conversation
    ) -> dict[str, Any] | None:
        """Only Summary can be done without a model; the other operators give no result."""
        text = summarize(conversation) if reference.id == SUMMARY else None
        return {"text": text} if text else None

    def _keep(
        self,
        configuration: Configuration,
        rule: Rule,
        reference: OperatorReference,
        conversation: Conversation,
        trigger: str,
        output: dict[str, Any],
    ) -> OperatorResult:
        operator = self.operators[reference.id]
        now = self.twilio.clock.timestamp()
        communications = list(conversation.communications)
        result = OperatorResult(
            id=self.twilio.sids.ttid("intelligence_operatorresult"),
            account_id=self.twilio.account.sid,
            conversation_id=conversation.id,
            intelligence_configuration=configuration.to_reference(rule),
            operator={
                "id": operator.id,
                "displayName": operator.display_name,
                "version": reference.version or operator.version,
                "parameters": reference.parameters or {},
            },
            output_format=operator.output_format,
            result=output,
            date_created=now,
            execution_details={
                "trigger": {"on": trigger, "timestamp": now},
                "communications": {"first": communications[0], "last": communications[-1]},
                "channels": sorted(conversation.last_traffic),
                "participants": [
                    {"id": one.id, "profileId": one.profile_id, "type": one.type}
                    for one in conversation.participants.values()
                ],
                "resolvedContext": {"memory": None, "knowledge": None},
            },
            metadata={"system": {"resolvedModel": "extractive", "inputTruncated": False}},
        )
        self.results[result.id] = result
        return result

    def _call_webhooks(
        self,
        configuration: Configuration,
        rule: Rule,
        conversation: Conversation,
        results: list[OperatorResult],
    ) -> None:
        """https://www.twilio.com/docs/conversations/intelligence/webhooks/rule-execution"""
        outer = {"accountId", "conversationId", "intelligenceConfiguration"}
        body = {
            "accountId": conversation.account_id,
            "conversationId": conversation.id,
            "intelligenceConfiguration": configuration.to_reference(rule),
            "operatorResults": [
                {name: value for name, value in one.to_json().items() if name not in outer}
                for one in results
            ],
        }
        for action in rule.actions or []:
            self.twilio.spawn(self.twilio.webhooks.post_json(action.url, body))
