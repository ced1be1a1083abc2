"""Customers who write: SMS and its relatives, and the web chat."""

from __future__ import annotations

from getting_started.twilio_emulator.driver.connection import WAIT_SECONDS, Connection, Utterance


class Sms:
    """Customers' phones for SMS, and with a prefix (`whatsapp:`, `rcs:`) for the other ones."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def send(self, from_: str, to: str, body: str) -> str:
        """A customer writes to one of our addresses; gives the message SID."""
        return (await self.write(from_, to, body))[0]

    async def write(self, from_: str, to: str, body: str) -> tuple[str, str]:
        """As `send`; gives the SIDs of the message and of its conversation (else empty)."""
        answer = await self._connection.post("/sms", {"from": from_, "to": to, "body": body})
        return answer["sid"], answer["conversation_sid"] or ""

    async def messages(self, address: str) -> list[Utterance]:
        """What reached the phone at `address`."""
        messages = (await self._connection.get("/sms/inbox", address=address))["messages"]
        return [Utterance(one["author"], one["body"]) for one in messages]

    def thread(self, from_: str, to: str) -> SmsThread:
        """A customer's talk with one of our addresses."""
        return SmsThread(self, self._connection, from_, to)


class SmsThread:
    """One customer's messages with one of our addresses."""

    def __init__(self, sms: Sms, connection: Connection, from_: str, to: str) -> None:
        self._sms = sms
        self._connection = connection
        self._from, self._to = from_, to
        self._read = 0
        self.conversation_sid = ""
        """Of the message sent last."""

    async def send(self, text: str) -> str:
        sid, self.conversation_sid = await self._sms.write(self._from, self._to, text)
        return sid

    async def skip(self) -> None:
        """What is on the phone already counts as heard."""
        self._read = len(await self.messages())

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

        return await self._connection.until(find, f"a message to {self._from}", seconds=seconds)


class Chat:
    """Customers in the web chat."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def start(self, identity: str, *, service_sid: str | None = None) -> ChatSession:
        """A new conversation, in the bridged service unless another is given."""
        body = {"identity": identity, "service_sid": service_sid}
        answer = await self._connection.post("/chat", body)
        return ChatSession(self._connection, identity, answer["conversation_sid"])


class ChatSession:
    """One customer's chat window."""

    def __init__(self, connection: Connection, identity: str, conversation_sid: str) -> None:
        self.identity = identity
        self.conversation_sid = conversation_sid
        self._connection = connection
        self._read = 0

    async def send(self, text: str) -> None:
        body = {"identity": self.identity, "body": text}
        await self._connection.post(f"/chat/{self.conversation_sid}/messages", body)

    async def messages(self) -> list[Utterance]:
        """Everything in the window, the customer's own messages too."""
        path = f"/chat/{self.conversation_sid}/messages"
        messages = (await self._connection.get(path))["messages"]
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
        return await self._connection.until(find, what, seconds=seconds)
