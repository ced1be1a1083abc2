"""The TwiML verbs that run; any other is skipped, as Twilio skips what it does not know.

https://www.twilio.com/docs/voice/twiml
"""

from __future__ import annotations

from getting_started.twilio_emulator.voice.live_call import RunVerb
from getting_started.twilio_emulator.voice.verbs.connect import connect
from getting_started.twilio_emulator.voice.verbs.dial import dial
from getting_started.twilio_emulator.voice.verbs.enqueue import enqueue
from getting_started.twilio_emulator.voice.verbs.gather import gather
from getting_started.twilio_emulator.voice.verbs.simple import (
    hang_up,
    pause,
    play,
    redirect,
    reject,
    say,
    start,
)

VERBS: dict[str, RunVerb] = {
    "Connect": connect,
    "Dial": dial,
    "Enqueue": enqueue,
    "Gather": gather,
    "Hangup": hang_up,
    "Pause": pause,
    "Play": play,
    "Redirect": redirect,
    "Reject": reject,
    "Say": say,
    "Start": start,
}
