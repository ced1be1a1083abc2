"""What a ConversationRelay session is asked for.

https://www.twilio.com/docs/voice/twiml/connect/conversationrelay
"""

from __future__ import annotations

from collections.abc import Sequence

from tac.models.voice import LanguageConfig, VoiceTwiMLOptionsConversationRelay

SPEAKER_EVENTS = "speaker-events"
"""`info` frames tell when agent and caller begin and end to speak."""
ANY_LANGUAGE = "multi"


def session_options(
    *, greeting: str, socket_url: str, action_url: str, languages: Sequence[str]
) -> VoiceTwiMLOptionsConversationRelay:
    """With keys and speaker events, which `Call` makes use of. Of several languages the first is
    spoken at the beginning, and all are understood."""
    options = VoiceTwiMLOptionsConversationRelay(
        welcome_greeting=greeting,
        websocket_url=socket_url,
        action_url=action_url,
        dtmf_detection=True,
        report_input_during_agent_speech="dtmf",
        events=SPEAKER_EVENTS,
    )
    if languages:
        options.language = languages[0]
    if len(languages) > 1:
        options.languages = [LanguageConfig(code=code) for code in languages]
        options.transcription_language = ANY_LANGUAGE
        options.transcription_provider = "Deepgram"  # the one that tells languages apart
    return options
