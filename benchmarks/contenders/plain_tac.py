"""Plain TAC 2.5.0 as its documentation shows it, with nothing but its addresses changed.

    python -m benchmarks.contenders.plain_tac whole|streaming

`whole` is the handoff example, over the OpenAI client of the quick example in place of the agents
SDK (which costs more); `streaming` is the streaming example for calls.
https://github.com/twilio/twilio-agent-connect-python/tree/main/getting_started/examples/features
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator
from typing import Any

from openai import AsyncOpenAI
from tac import TAC, TACConfig
from tac.adapters.openai import with_tac_memory
from tac.channels.sms import SMSChannel
from tac.channels.voice import VoiceChannel
from tac.context.base import BaseAPIClient
from tac.models.session import ConversationSession
from tac.models.tac import TACMemoryResponse
from tac.server import TACFastAPIServer
from tac.tools.handoff import create_studio_handoff_tool

TWILIO_URL = "BENCHMARK_TWILIO_URL"
SYSTEM_INSTRUCTIONS = (
    "You are a customer service agent speaking with a user over voice or SMS. "
    "Keep responses short and conversational — a sentence or two. "
    "Do not use markdown, asterisks, bullets, or emojis; your words will be "
    "spoken aloud or sent as plain text. "
    "If the user asks to speak with a human, or if you cannot resolve their issue, "
    "use the handoff tool to transfer them to a human agent."
)
HANDOFF_ATTRIBUTES = {"department": "support", "priority": "normal"}
MODEL = "gpt-5.4-mini"

conversation_history: dict[str, list[Any]] = {}


def serve_whole_replies() -> None:
    tac = TAC(config=TACConfig.from_env())
    voice_channel = VoiceChannel(tac)
    sms_channel = SMSChannel(tac)
    openai_client = AsyncOpenAI()

    async def handle_message_ready(
        user_message: str, context: ConversationSession, memory_response: TACMemoryResponse | None
    ) -> str:
        handoff_tool = create_studio_handoff_tool(tac, context, attributes=HANDOFF_ATTRIBUTES)
        function: Any = handoff_tool.to_openai_format()["function"]
        history = conversation_history.setdefault(context.conversation_id, [])
        history.append({"role": "user", "content": user_message})
        client = with_tac_memory(openai_client, memory_response, context)
        response = await client.responses.create(
            model=MODEL,
            instructions=SYSTEM_INSTRUCTIONS,
            input=history,
            tools=[{"type": "function", **function}],
        )
        text: str = response.output_text
        history.append({"role": "assistant", "content": text})
        return text

    tac.on_message_ready(handle_message_ready)
    TACFastAPIServer(tac=tac, voice_channel=voice_channel, messaging_channels=[sms_channel]).start()


def serve_streaming() -> None:
    tac = TAC(config=TACConfig.from_env())
    voice_channel = VoiceChannel(tac)
    openai_client = AsyncOpenAI()

    async def handle_message_ready(
        user_message: str, context: ConversationSession, memory_response: TACMemoryResponse | None
    ) -> None:
        conv_id = context.conversation_id
        if conv_id not in conversation_history:
            conversation_history[conv_id] = [{"role": "system", "content": SYSTEM_INSTRUCTIONS}]
        conversation_history[conv_id].append({"role": "user", "content": user_message})
        messages = conversation_history[conv_id][:]

        async def stream_tokens() -> AsyncGenerator[str, None]:
            response_tokens = []
            stream = await openai_client.chat.completions.create(
                model=MODEL, messages=messages, stream=True
            )
            async for chunk in stream:
                if chunk.choices and chunk.choices[0].delta.content:
                    token = chunk.choices[0].delta.content
                    response_tokens.append(token)
                    yield token
            full_response = "".join(response_tokens)
            conversation_history[conv_id].append({"role": "assistant", "content": full_response})

        await voice_channel.send_response(conv_id, stream_tokens())

    tac.on_message_ready(handle_message_ready)
    TACFastAPIServer(tac=tac, voice_channel=voice_channel).start()


def _find_twilio_at(url: str) -> None:
    """TAC has no setting for Twilio's addresses."""
    BaseAPIClient._build_base_url = staticmethod(lambda _product, _region: url)  # type: ignore[assignment,method-assign] # the one change


if __name__ == "__main__":
    _find_twilio_at(os.environ[TWILIO_URL])
    {"whole": serve_whole_replies, "streaming": serve_streaming}[sys.argv[1]]()
