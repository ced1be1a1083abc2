"""What a ConversationRelay session is asked for.

https://www.twilio.com/docs/voice/twiml/connect/conversationrelay
"""

from __future__ import annotations

from tac.models.voice import VoiceTwiMLOptionsConversationRelay

SPEAKER_EVENTS = "speaker-events"
"""`info` frames tell when agent and caller begin and end to speak."""


def session_options(
    *, greeting: str, socket_url: str, action_url: str
) -> VoiceTwiMLOptionsConversationRelay:
    """With keys and speaker events, which `Call` makes use of."""
    return VoiceTwiMLOptionsConversationRelay(
        welcome_greeting=greeting,
        websocket_url=socket_url,
        action_url=action_url,
        dtmf_detection=True,
        report_input_during_agent_speech="dtmf",
        events=SPEAKER_EVENTS,
    )
