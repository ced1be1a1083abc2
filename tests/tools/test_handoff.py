"""What the model is told by the tool `handoff`, and that the demo model understands it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from agent.handoff.availability import Absence, Why
from agent.handoff.desk import Answer, Reply
from getting_started.demo_model.phrases import ENGLISH
from tests.demo_model.talk import called, reply_to, speech, user
from tools.handoff import in_words

NOW, MONDAY = (datetime(2026, 11, day, 9, tzinfo=UTC) for day in (25, 30))
CALLBACK, TICKET, WAIT = "callback", "ticket", "wait"


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        pytest.param(Reply(Answer.TAKES_OVER), ENGLISH.connecting, id="takes over"),
        pytest.param(
            Reply(Answer.NOBODY_THERE, Absence(Why.CLOSED, opens=MONDAY, seen=NOW), [CALLBACK]),
            "I am sorry: the team is closed until Monday 9:00. "
            "Shall I have a colleague call you back?",
            id="closed, a call back",
        ),
        pytest.param(
            Reply(Answer.NOBODY_THERE, Absence(Why.CLOSED)),
            "I am sorry: the team is closed.",
            id="closed for long, nothing to offer",
        ),
        pytest.param(
            Reply(Answer.NOBODY_THERE, Absence(Why.NOBODY), [TICKET, WAIT]),
            "I am sorry: no colleague is available. Shall I pass your request on to the team, "
            "or put you in the queue all the same?",
            id="nobody, a ticket or the queue",
        ),
        pytest.param(
            Reply(Answer.NOBODY_THERE, Absence(Why.BUSY, waiting=3), [WAIT]),
            "I am sorry: all colleagues are busy, customers waiting already: 3. "
            "Shall I put you in the queue all the same?",
            id="busy, the queue",
        ),
        pytest.param(Reply(Answer.CALLBACK), ENGLISH.arranged["callback"], id="callback"),
        pytest.param(Reply(Answer.TICKET), ENGLISH.arranged["ticket"], id="ticket"),
        pytest.param(Reply(Answer.UNDER_WAY), ENGLISH.arranged["unsure"], id="under way"),
        pytest.param(Reply(Answer.UNKNOWN), ENGLISH.arranged["unsure"], id="unknown"),
        pytest.param(Reply(Answer.NOT_ARRANGED), ENGLISH.handoff_failed, id="failed"),
        pytest.param(Reply(Answer.NUMBER_NEEDED), ENGLISH.arranged["number"], id="no number"),
        pytest.param(Reply(Answer.NOT_OFFERED), ENGLISH.handoff_failed, id="not offered"),
    ],
)
def test_answer_is_told_in_words(reply: Reply, said: str) -> None:
    output = in_words(reply)

    assert not re.search(r"https?:|\b[A-Z]{2}[0-9a-f]{32}\b|Traceback|[{}]", output)
    assert speech(reply_to(user("a human please"), *called("handoff", output))) == said
