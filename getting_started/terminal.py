"""Being the customer, and the human at the desk, by typing."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from threading import Thread

from agent.web.visitors import PREFIX
from getting_started.display import StreamedWords, console, show_words
from getting_started.twilio_emulator.driver import DeskTask, Driver, DriverError, Entry
from getting_started.twilio_emulator.seed import AGENT_NUMBER, CUSTOMER_NUMBER, HUMAN

IDENTITY = "visitor@example.org"
REPLY_SECONDS = 20.0
DESK_SECONDS = 3.0
_ON_THE_PHONE = "/interrupt WORDS cuts in, /press 1042# enters keys (0: a person)."
_DESK = "/accept picks up at the human's desk, /human WORDS answers there, /complete ends it."
_SPEAKERS = {"HUMAN_AGENT": (HUMAN, "green"), "FLOW": ("flow", "yellow")}

Send = Callable[[str], Awaitable[object]]


async def talk_on_the_phone(driver: Driver) -> None:
    """A call from the terminal, until the input ends or the call does."""
    console.print("You are the caller: type what you say;", _ON_THE_PHONE, _DESK, "\n")
    since = await driver.journal.last_number()
    call = await driver.phone.call(CUSTOMER_NUMBER, AGENT_NUMBER)
    screen = CallScreen(call.call_sid)
    commands: dict[str, Send] = {
        "": call.say,
        "/interrupt": call.interrupt,
        "/press": call.press,
        **_desk(driver, screen),
    }
    await _talk(driver, screen, commands, since)
    if not (await call.state()).is_over:
        await call.hang_up()


async def talk_in_a_chat(driver: Driver) -> None:
    """A chat from the terminal, until the input ends."""
    console.print("You are the visitor: type what you write.", _DESK, "\n")
    since = await driver.journal.last_number()
    chat = await driver.chat.start(IDENTITY)
    screen = ChatScreen(chat.conversation_sid)
    await _talk(driver, screen, {"": chat.send, **_desk(driver, screen)}, since)


async def sit_at_the_desk(driver: Driver) -> None:
    """The human's desk for whoever chats in a browser, until the input ends."""
    console.print("This terminal is the human's.", _DESK, "\n")
    since = await driver.journal.last_number()
    screen = DeskScreen()
    await _talk(driver, screen, _desk(driver, screen), since)


class Screen:
    """Shows what happens in one thread: a call (CA...) or a chat (CH...)."""

    agent_speaks_first = False

    def __init__(self, thread: str) -> None:
        self.thread = thread
        self.is_answered = asyncio.Event()
        self.is_with_human = False
        self.is_over = asyncio.Event()

    def is_mine(self, attributes: dict[str, object]) -> bool:
        """Whether a task with these attributes is this thread's."""
        return self.thread in (attributes.get("call_sid"), attributes.get("conversationSid"))

    def show(self, entry: Entry) -> None:
        if entry.kind == "task" and self.is_mine(entry.detail["attributes"]):
            self._show_task(entry)

    def _show_task(self, entry: Entry) -> None:
        task_sid = entry.detail["task_sid"]
        if entry.detail["event"] == "task.created":
            self.is_with_human = True
            console.print(f"[dim]{task_sid} waits at the human's desk: type /accept[/]")
        elif entry.detail["event"] == "task.completed":
            console.print(f"[dim]{task_sid} is completed[/]")


class CallScreen(Screen):
    """Shows a call, the agent's words as they are streamed."""

    agent_speaks_first = True

    def __init__(self, call_sid: str) -> None:
        super().__init__(call_sid)
        self._stream: StreamedWords | None = None

    def show(self, entry: Entry) -> None:
        super().show(entry)
        if entry.detail.get("call_sid") != self.thread:
            return
        if entry.kind == "frame" and entry.detail["direction"] == "from_app":
            self._show_frame(entry.detail["frame"])
        elif entry.kind == "speech":
            self._show_speech(entry.detail["speaker"], entry.detail["text"])
        elif entry.kind == "call" and entry.detail["status"] == "completed":
            console.print("[dim]The call is over.[/]")
            self.is_over.set()

    def _show_frame(self, frame: dict[str, object]) -> None:
        if frame.get("type") == "text" and frame.get("token"):
            self._stream = self._stream or StreamedWords("agent")
            self._stream.write(str(frame["token"]))

    def _show_speech(self, speaker: str, text: str) -> None:
        if speaker == "CUSTOMER":
            return
        if self._stream is not None:
            self._stream.end()
            self._stream = None
        elif speaker == "AI_AGENT":
            show_words("agent", text)
        if speaker in _SPEAKERS:
            name, style = _SPEAKERS[speaker]
            show_words(name, text, style=style)
        self.is_answered.set()


class ChatScreen(Screen):
    """Shows a chat's messages."""

    def show(self, entry: Entry) -> None:
        super().show(entry)
        if entry.kind != "message" or entry.detail.get("conversation_sid") != self.thread:
            return
        author = entry.detail["author"]
        if author == HUMAN:
            show_words(HUMAN, entry.detail["body"], style="green")
        elif author != IDENTITY:
            show_words("agent", entry.detail["body"])
        if author != IDENTITY:
            self.is_answered.set()


class DeskScreen(Screen):
    """Shows every chat."""

    def __init__(self) -> None:
        super().__init__(thread="")

    def is_mine(self, attributes: dict[str, object]) -> bool:
        return "conversationSid" in attributes

    def show(self, entry: Entry) -> None:
        super().show(entry)
        if entry.kind == "message" and entry.detail["channel"] == "CHAT":
            author = entry.detail["author"]
            name = "visitor" if author.startswith(PREFIX) else author
            show_words(name, entry.detail["body"])


async def _talk(driver: Driver, screen: Screen, commands: dict[str, Send], since: int) -> None:
    async def show() -> None:
        async for entry in driver.journal.follow(since):
            screen.show(entry)

    showing = asyncio.create_task(show())
    obeying = asyncio.create_task(_obey_lines(screen, commands))
    ending = asyncio.create_task(screen.is_over.wait())
    try:
        await asyncio.wait({showing, obeying, ending}, return_when=asyncio.FIRST_COMPLETED)
        await driver.settle()
    finally:
        for each in (showing, obeying, ending):
            each.cancel()
        await asyncio.gather(showing, obeying, ending, return_exceptions=True)


async def _obey_lines(screen: Screen, commands: dict[str, Send]) -> None:
    """Every line of the input; a piped one waits for the answer, as a person at a keyboard does."""
    is_piped = not sys.stdin.isatty()
    if screen.agent_speaks_first:
        await screen.is_answered.wait()
    async for line in _lines():
        command, _, rest = line.partition(" ") if line.startswith("/") else ("", "", line)
        screen.is_answered.clear()
        await _obey(commands, command, rest)
        if is_piped and command == "" and not screen.is_with_human:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(screen.is_answered.wait(), REPLY_SECONDS)


async def _obey(commands: dict[str, Send], command: str, rest: str) -> None:
    if command not in commands:
        known = ", ".join(filter(None, commands))
        console.print(f"There is no {command}; there are {known}", markup=False)
        return
    try:
        await commands[command](rest)
    except (DriverError, TimeoutError) as error:
        console.print(str(error), style="red", markup=False)


def _desk(driver: Driver, screen: Screen) -> dict[str, Send]:
    def is_open(task: DeskTask) -> bool:
        is_done = task.status in {"wrapping", "completed", "canceled"}
        return screen.is_mine(task.attributes) and not is_done

    async def task_sid() -> str:
        try:
            return (await driver.flex.wait_for_task(is_open, seconds=DESK_SECONDS)).task_sid
        except TimeoutError:
            raise TimeoutError("No task is at the desk: the agent has not handed over") from None

    async def accept(_rest: str) -> None:
        await driver.flex.accept(await task_sid())

    async def speak(rest: str) -> None:
        await driver.flex.say(await task_sid(), rest)

    async def complete(_rest: str) -> None:
        await driver.flex.complete(await task_sid())

    return {"/accept": accept, "/human": speak, "/complete": complete}


async def _lines() -> AsyncIterator[str]:
    """The lines of the input that are not blank, as they are typed."""
    loop = asyncio.get_running_loop()
    typed: asyncio.Queue[str | None] = asyncio.Queue()

    def read() -> None:
        # Unbuffered, in a daemon: a reader that still waits does not hold up the end.
        with (
            contextlib.suppress(RuntimeError),  # the loop has ended
            open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as source,
        ):
            for line in source:
                loop.call_soon_threadsafe(typed.put_nowait, line.decode(errors="replace").strip())
            loop.call_soon_threadsafe(typed.put_nowait, None)

    Thread(target=read, daemon=True).start()
    while (line := await typed.get()) is not None:
        if line:
            yield line
