"""A conversation leaves the assistant: once, and to one place."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import StrEnum

from sqlalchemy.exc import SQLAlchemyError

from agent.errors import AnswerError, TwilioApiError
from agent.settings import Settings
from agent.store.thread_claims import Claim, ThreadClaims
from agent.twilio_api.classic import ClassicClient
from agent.twilio_api.http import ClientPool
from agent.twilio_api.taskrouter import TaskRouterClient
from tools.assistants.tool_call import HandoverError, Thread

MOST_SECONDS = 10.0
LOOKS = 5
LOOK_DELAY_SECONDS = 0.3
logger = logging.getLogger(__name__)


class Holder(StrEnum):
    """Who has a conversation. The assistant listens as long as it is the only one."""

    ASSISTANT = "assistant"
    FLOW = "flow"
    HUMAN = "human"


class Handovers:
    """What both tools work with."""

    def __init__(self, settings: Settings, pool: ClientPool, claims: ThreadClaims) -> None:
        self.settings = settings
        self.pool = pool
        self._claims = claims

    def classic(self, thread: Thread) -> ClassicClient:
        url = self.settings.twilio_url("conversations")
        return ClassicClient(self.pool, url, thread.service_sid)

    async def move(
        self,
        thread: Thread,
        act: Callable[[Claim], Awaitable[None]],
        *,
        workspace_sid: str | None,
    ) -> Holder:
        """Do `act` if the assistant has the conversation; who had it before.

        The effect of `act` is one request; the task that it makes goes into the claim. A request
        whose answer is lost is looked for, and never repeated here. Raises HandoverError.
        """
        async with _bounded(thread), self._claims.hold(thread.conversation_sid) as claim:
            holder = await self._find_holder(thread, claim, workspace_sid)
            if holder is Holder.ASSISTANT:
                await self._act_once(act, thread, claim, workspace_sid)
                logger.info("Handover of %s: done", thread.conversation_sid)
            return holder

    async def _act_once(
        self,
        act: Callable[[Claim], Awaitable[None]],
        thread: Thread,
        claim: Claim,
        workspace_sid: str | None,
    ) -> None:
        try:
            await act(claim)
        except TwilioApiError as error:
            if not error.may_have_worked:
                raise
            await self._await_effect(thread, claim, workspace_sid, error)

    async def _await_effect(
        self, thread: Thread, claim: Claim, workspace_sid: str | None, error: TwilioApiError
    ) -> None:
        """Raises `error` when nothing shows that the request was heeded all the same."""
        has_seen = False
        for look in range(LOOKS):
            await asyncio.sleep(LOOK_DELAY_SECONDS if look else 0)
            try:
                holder = await self._find_holder(thread, claim, workspace_sid)
            except TwilioApiError as failed:
                logger.warning("Handover of %s: %s", thread.conversation_sid, failed)
                continue
            if holder is not Holder.ASSISTANT:
                return
            has_seen = True
        if not has_seen:
            raise HandoverError(504, "Twilio does not tell", is_certain=False) from error
        raise error

    async def _find_holder(self, thread: Thread, claim: Claim, workspace_sid: str | None) -> Holder:
        classic, sid = self.classic(thread), thread.conversation_sid
        conversation, flows, participants = await asyncio.gather(
            classic.fetch_conversation(sid),
            classic.list_flows(sid),
            classic.count_participants(sid),
        )
        if not conversation.is_open:
            raise HandoverError(409, f"conversation {sid} is closed")
        if flows:
            return Holder.FLOW
        if participants > 1 or await self._has_task(thread, claim, workspace_sid):
            return Holder.HUMAN
        return Holder.ASSISTANT

    async def _has_task(self, thread: Thread, claim: Claim, workspace_sid: str | None) -> bool:
        if not workspace_sid:
            return False
        url = self.settings.twilio_url("taskrouter")
        taskrouter = TaskRouterClient(self.pool, url, workspace_sid)
        try:
            if claim.task_sid and await taskrouter.is_open(claim.task_sid):
                return True
            tasks = await taskrouter.list_tasks("conversationSid", thread.conversation_sid)
            return any(task.is_open for task in tasks)
        except TwilioApiError as error:
            if error.status != 404:
                raise
            raise HandoverError(400, f"workspace {workspace_sid} is not there") from error


@asynccontextmanager
async def _bounded(thread: Thread) -> AsyncIterator[None]:
    """An assistant that waits too long tells the customer nothing."""
    try:
        async with asyncio.timeout(MOST_SECONDS):
            yield
    except TimeoutError:
        why = f"it took longer than {MOST_SECONDS:g} seconds"
        raise HandoverError(504, why, is_certain=False) from None
    except TwilioApiError as error:
        logger.warning("Handover of %s: %s", thread.conversation_sid, error)
        raise _explain(thread, error) from error
    except SQLAlchemyError as error:
        logger.exception("Handover of %s", thread.conversation_sid)
        raise HandoverError(503, "the database does not answer") from error


def _explain(thread: Thread, error: TwilioApiError) -> HandoverError:
    if isinstance(error, AnswerError):
        return HandoverError(502, "an answer of Twilio's cannot be read", is_certain=False)
    if error.status is None:
        why = "Twilio did not answer"
        return HandoverError(504, why, is_certain=not error.was_sent)
    if error.status == 404:
        why = f"there is no conversation {thread.conversation_sid} in {thread.service_sid}"
        return HandoverError(404, why)
    status = {409: 409, 429: 503}.get(error.status, 502)
    return HandoverError(status, f"Twilio answered with status {error.status}, code {error.code}")
