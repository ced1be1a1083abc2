"""Drives the emulator from outside, over HTTP alone: the customer's phone and the human's desk.

    async with Driver("http://127.0.0.1:8700") as driver:
        call = await driver.phone.call("+15550100001", "+15550100002")
        print(await call.listen())
        await call.say("I want to talk to a person")
        task = await driver.flex.wait_for_task()
        await driver.flex.accept(task.task_sid)

Whatever waits has a limit, and raises TimeoutError that says what it waited for and what the
journal showed last. Waiting is done at the journal, never by sleeping.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

Result = TypeVar("Result")
WAIT_SECONDS = 20.0
POLL_SECONDS = 10.0
SHOWN_ENTRIES = 6


class DriverError(Exception):
    """The emulator refused: Twilio's status, code and words."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status}: {body.get('message', body)}")
        self.status = status
        self.code = body.get("code")


@dataclass(frozen=True)
class Entry:
    """One journal entry."""

    number: int
    at: str
    kind: str
    detail: dict[str, Any]

    def __str__(self) -> str:
        text = ", ".join(f"{name}={value!r}" for name, value in self.detail.items())
        return f"#{self.number} {self.kind}: {text[:200]}"


@dataclass(frozen=True)
class Utterance:
    """Words in a call or in writing. `speaker` is a role in calls, an identity in writing."""

    speaker: str
    text: str


@dataclass(frozen=True)
class CallState:
    """`doing` is the TwiML under way, such as `ConversationRelay` or `Enqueue`."""

    status: str
    doing: str
    transcript: list[Utterance]

    @property
    def is_over(self) -> bool:
        return self.status not in {"queued", "ringing", "in-progress"}


@dataclass(frozen=True)
class DeskTask:
    """A task as the human sees it."""

    task_sid: str
    status: str
    channel: str
    queue: str
    workflow: str
    priority: int
    age: int
    reason: str
    worker: str | None
    attributes: dict[str, Any]
    summary: str | None
    transcript: list[Utterance] = field(default_factory=list)


class Driver:
    """The way in: `phone`, `sms`, `chat` for the customer, `flex` for the human."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.AsyncClient(base_url=base_url, timeout=60, trust_env=False)
        self.journal = Journal(self)
        self.phone = Phone(self)
        self.sms = Sms(self)
        self.chat = Chat(self)
        self.flex = Flex(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def get(self, path: str, **query: Any) -> Any:
        return _read(await self._client.get(f"/_emulator{path}", params=query))

    async def post(self, path: str, body: dict[str, Any] | None = None, **query: Any) -> Any:
        return _read(await self._client.post(f"/_emulator{path}", json=body, params=query))

    async def reset(self) -> None:
        """An empty account, an empty journal."""
        await self.post("/reset")
        self.journal.position = 0

    async def settle(self) -> None:
        """Waits until the emulator has no background work left; live calls do not count."""
        await self.post("/settle")

    async def advance(self, seconds: float) -> None:
        """Moves the emulator's clock: time-outs come at once."""
        await self.post("/clock", seconds=seconds)

    async def fail(self, **fault: Any) -> None:
        """Makes requests fail: the fields of `POST /_emulator/faults`."""
        await self.post("/faults", fault)

    async def until(
        self,
        probe: Callable[[], Awaitable[Result | None]],
        what: str,
        *,
        seconds: float = WAIT_SECONDS,
    ) -> Result:
        """What `probe` gives as soon as that is not None; asked again when something happens."""
        position = self.journal.position
        entries: list[Entry] = []
        try:
            async with asyncio.timeout(seconds):
                while True:
                    result = await probe()
                    if result is not None:
                        return result
                    entries = await self.journal.read(position, wait=POLL_SECONDS) or entries
                    position = entries[-1].number if entries else position
        except TimeoutError:
            raise TimeoutError(_explain(what, seconds, entries)) from None


class Journal:
    """What happened in the emulator."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self.position = 0
        """The last entry seen: waiting starts there."""

    async def read(
        self, since: int = 0, *, kind: str | None = None, wait: float = 0
    ) -> list[Entry]:
        """Entries after `since`; with `wait` (seconds) held open until there is one."""
        query = {"since": since, "wait": wait, **({"kind": kind} if kind else {})}
        entries = [Entry(**entry) for entry in await self._driver.get("/journal", **query)]
        if entries:
            self.position = max(self.position, entries[-1].number)
        return entries

    async def last_number(self) -> int:
        """Where the journal ends now."""
        entries = await self.read()
        return entries[-1].number if entries else 0

    async def follow(
        self, since: int = 0, *, kind: str | None = None
    ) -> AsyncGenerator[Entry, None]:
        """Entries as they come, without end."""
        while True:
            for entry in await self.read(since, kind=kind, wait=POLL_SECONDS):
                since = entry.number
                yield entry

    async def wait_for(
        self,
        kind: str,
        matches: Callable[[dict[str, Any]], bool] = lambda detail: True,
        *,
        since: int = 0,
        seconds: float = WAIT_SECONDS,
    ) -> Entry:
        """The first entry of a kind, after `since`, whose detail `matches`."""

        async def find() -> Entry | None:
            entries = await self.read(since, kind=kind)
            return next((entry for entry in entries if matches(entry.detail)), None)

        return await self._driver.until(find, f"a journal entry {kind!r}", seconds=seconds)


class Phone:
    """Customers' phones."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def call(self, from_: str, to: str) -> PhoneCall:
        """A customer calls one of our numbers."""
        state = await self._driver.post("/phone/calls", {"from": from_, "to": to})
        return PhoneCall(self._driver, state["call_sid"])

    async def calls(self) -> list[PhoneCall]:
        """Every call, oldest first, those that we placed too."""
        states = (await self._driver.get("/phone/calls"))["calls"]
        return [PhoneCall(self._driver, state["call_sid"]) for state in states]

    async def wait_for_call(self, to: str, *, seconds: float = WAIT_SECONDS) -> PhoneCall:
        """The newest call that we placed to this phone."""

        async def find() -> PhoneCall | None:
            states = (await self._driver.get("/phone/calls"))["calls"]
            found = [one for one in states if one["to"] == to and one["direction"] != "inbound"]
            return PhoneCall(self._driver, found[-1]["call_sid"]) if found else None

        return await self._driver.until(find, f"a call to {to}", seconds=seconds)

    async def set_behaviour(self, number: str, answer: str) -> None:
        """How a phone takes our calls: human, machine, busy, no-answer, ring."""
        await self._driver.post("/phone/behaviour", {"number": number, "answer": answer})


class PhoneCall:
    """One call, as the customer holds it."""

    def __init__(self, driver: Driver, call_sid: str) -> None:
        self.call_sid = call_sid
        self._driver = driver
        self._heard = 0

    async def state(self) -> CallState:
        state = await self._driver.get(f"/phone/calls/{self.call_sid}")
        return CallState(state["status"], state["doing"], _to_utterances(state["transcript"]))

    async def transcript(self) -> list[Utterance]:
        return (await self.state()).transcript

    async def say(self, text: str) -> None:
        """Speaks into silence."""
        await self._post("say", {"text": text})

    async def interrupt(self, text: str | None = None, *, heard: str | None = None) -> None:
        """Cuts in, having heard `heard` (default: all that was said so far)."""
        await self._post("interrupt", {"text": text, "heard": heard})

    async def press(self, digits: str) -> None:
        await self._post("press", {"digits": digits})

    async def stay_silent(self) -> None:
        """A `<Gather>` that waits gives up at once."""
        await self._post("silence")

    async def drop_socket(self) -> None:
        """The network to the application's socket breaks; the caller stays."""
        await self._post("drop")

    async def answer(self) -> None:
        """Picks up a phone set to `ring`."""
        await self._post("answer")

    async def answer_dialed(self) -> None:
        """The phone that a `<Dial>` rings is picked up."""
        await self._post("dialed/answer")

    async def say_as_dialed(self, text: str) -> None:
        await self._post("dialed/say", {"text": text})

    async def end_dialed(self, outcome: str = "completed") -> None:
        """The dialed phone hangs up; or busy, no-answer, failed."""
        await self._post("dialed/end", {"outcome": outcome})

    async def hang_up(self) -> None:
        """Returns when the application has been told."""
        await self._post("hang_up")

    async def listen(self, speaker: str | None = None, *, seconds: float = WAIT_SECONDS) -> str:
        """The next words from the other side that were not listened to yet."""

        async def hear() -> str | None:
            transcript = await self.transcript()
            for index in range(self._heard, len(transcript)):
                one = transcript[index]
                if one.speaker != "CUSTOMER" and speaker in {None, one.speaker}:
                    self._heard = index + 1
                    return one.text
            return None

        who = speaker or "somebody"
        what = f"{who} to speak in call {self.call_sid}"
        return await self._driver.until(hear, what, seconds=seconds)

    async def wait_until(self, doing: str, *, seconds: float = WAIT_SECONDS) -> CallState:
        """Until the call runs this verb, such as `Enqueue`."""

        async def find() -> CallState | None:
            state = await self.state()
            return state if state.doing == doing else None

        what = f"call {self.call_sid} to do {doing}"
        return await self._driver.until(find, what, seconds=seconds)

    async def wait_until_over(self, *, seconds: float = WAIT_SECONDS) -> CallState:
        async def find() -> CallState | None:
            state = await self.state()
            return state if state.is_over else None

        return await self._driver.until(find, f"call {self.call_sid} to end", seconds=seconds)

    async def _post(self, action: str, body: dict[str, Any] | None = None) -> None:
        await self._driver.post(f"/phone/calls/{self.call_sid}/{action}", body)


class Sms:
    """Customers' phones for SMS, and with a prefix (`whatsapp:`, `rcs:`) for the other ones."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def send(self, from_: str, to: str, body: str) -> str:
        """A customer writes to one of our addresses; gives the message SID."""
        answer = await self._driver.post("/sms", {"from": from_, "to": to, "body": body})
        return str(answer["sid"])

    async def messages(self, address: str) -> list[Utterance]:
        """What reached the phone at `address`."""
        messages = (await self._driver.get("/sms/inbox", address=address))["messages"]
        return [Utterance(one["author"], one["body"]) for one in messages]

    def thread(self, from_: str, to: str) -> SmsThread:
        """A customer's talk with one of our addresses."""
        return SmsThread(self, self._driver, from_, to)


class SmsThread:
    """One customer's messages with one of our addresses."""

    def __init__(self, sms: Sms, driver: Driver, from_: str, to: str) -> None:
        self._sms = sms
        self._driver = driver
        self._from, self._to = from_, to
        self._read = 0

    async def send(self, text: str) -> str:
        return await self._sms.send(self._from, self._to, text)

    async def messages(self) -> list[Utterance]:
        return await self._sms.messages(self._from)

    async def listen(self, *, seconds: float = WAIT_SECONDS) -> str:
        """The next message that reaches the phone."""

        async def find() -> str | None:
            messages = await self.messages()
            if len(messages) <= self._read:
                return None
            self._read += 1
            return messages[self._read - 1].text

        return await self._driver.until(find, f"a message to {self._from}", seconds=seconds)


class Chat:
    """Customers in the web chat."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def start(self, identity: str, *, service_sid: str | None = None) -> ChatSession:
        """A new conversation, in the bridged service unless another is given."""
        body = {"identity": identity, "service_sid": service_sid}
        answer = await self._driver.post("/chat", body)
        return ChatSession(self._driver, identity, answer["conversation_sid"])


class ChatSession:
    """One customer's chat window."""

    def __init__(self, driver: Driver, identity: str, conversation_sid: str) -> None:
        self.identity = identity
        self.conversation_sid = conversation_sid
        self._driver = driver
        self._read = 0

    async def send(self, text: str) -> None:
        body = {"identity": self.identity, "body": text}
        await self._driver.post(f"/chat/{self.conversation_sid}/messages", body)

    async def messages(self) -> list[Utterance]:
        """Everything in the window, the customer's own messages too."""
        path = f"/chat/{self.conversation_sid}/messages"
        messages = (await self._driver.get(path))["messages"]
        return [Utterance(one["author"], one["body"]) for one in messages]

    async def listen(
        self, author: str | None = None, *, seconds: float = WAIT_SECONDS
    ) -> Utterance:
        """The next message by somebody else that was not read yet."""

        async def find() -> Utterance | None:
            messages = await self.messages()
            for index in range(self._read, len(messages)):
                one = messages[index]
                if one.speaker != self.identity and author in {None, one.speaker}:
                    self._read = index + 1
                    return one
            return None

        what = f"a message in {self.conversation_sid}"
        return await self._driver.until(find, what, seconds=seconds)


class Flex:
    """The human agents' desk."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def tasks(self) -> list[DeskTask]:
        """Every task, oldest first."""
        return [_to_task(one) for one in (await self._driver.get("/desk/tasks"))["tasks"]]

    async def task(self, task_sid: str) -> DeskTask:
        return _to_task(await self._driver.get(f"/desk/tasks/{task_sid}"))

    async def wait_for_task(
        self,
        matches: Callable[[DeskTask], bool] = lambda task: task.status in {"pending", "reserved"},
        *,
        seconds: float = WAIT_SECONDS,
    ) -> DeskTask:
        """The first task that `matches` (default: one that waits for a human)."""

        async def find() -> DeskTask | None:
            return next((task for task in await self.tasks() if matches(task)), None)

        return await self._driver.until(find, "a task", seconds=seconds)

    async def set_available(self, available: bool = True, *, worker_sid: str | None = None) -> None:
        """One human, or all."""
        body = {"available": available, "worker_sid": worker_sid}
        await self._driver.post("/desk/availability", body)

    async def accept(self, task_sid: str) -> DeskTask:
        return _to_task(await self._driver.post(f"/desk/tasks/{task_sid}/accept"))

    async def say(self, task_sid: str, text: str) -> DeskTask:
        """Speaks or writes to the customer."""
        return _to_task(await self._driver.post(f"/desk/tasks/{task_sid}/say", {"text": text}))

    async def complete(self, task_sid: str, *, reason: str = "", close: bool = True) -> DeskTask:
        """Ends the contact; with `close` false a messaging conversation stays open."""
        body = {"reason": reason, "close": close}
        return _to_task(await self._driver.post(f"/desk/tasks/{task_sid}/complete", body))


def _read(response: httpx.Response) -> Any:
    body = response.json() if response.content else None
    if response.is_error:
        raise DriverError(response.status_code, body if isinstance(body, dict) else {})
    return body


def _to_utterances(items: list[dict[str, str]]) -> list[Utterance]:
    return [Utterance(item["speaker"], item["text"]) for item in items]


def _to_task(body: dict[str, Any]) -> DeskTask:
    return DeskTask(**{**body, "transcript": _to_utterances(body["transcript"])})


def _explain(what: str, seconds: float, entries: list[Entry]) -> str:
    shown = "\n  ".join(str(entry) for entry in entries[-SHOWN_ENTRIES:]) or "nothing"
    return f"Waited {seconds:g} s for {what}. The journal last showed:\n  {shown}"
