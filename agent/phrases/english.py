"""English."""

from __future__ import annotations

from agent.phrases.phrases import AbsencePhrases, Calendar, Phrases

ENGLISH = Phrases(
    language="en-US",
    calendar=Calendar(
        weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        months=(
            *("January", "February", "March", "April", "May", "June", "July"),
            *("August", "September", "October", "November", "December"),
        ),
        today="today {clock}",
        tomorrow="tomorrow {clock}",
        this_week="{weekday} {clock}",
        later="{weekday}, {month} {day}, {clock}",
    ),
    fillers=(
        "One moment, please.",
        "Let me see.",
        "Just a second.",
        "I am looking into it.",
    ),
    still_there="Are you still there?",
    goodbye_after_silence="I cannot hear you, so I will hang up now. Please call again. Goodbye.",
    time_is_short="We have only a little time left on this call.",
    goodbye_at_limit="I have to end this call now. Please call again if you need more. Goodbye.",
    apology="I'm sorry, I am having trouble answering just now. Could you say that again, please?",
    apology_after_words="I'm sorry, I lost my thread there. Could you say that again, please?",
    trouble="I'm sorry, I keep having trouble answering you.",
    taken_back=(
        "I'm sorry, that was too quick: I cannot connect you with a colleague just now. I am still "
        "here and will go on helping you."
    ),
    only_text="I'm sorry, I can only read text. Could you write to me what it is about, please?",
    connecting_call="I am connecting you with a colleague now. Please stay on the line.",
    connecting_chat="I am connecting you with a colleague now. They will write to you here.",
    called_off="All right, I have called that off. I am here for you again: how can I help you?",
    still_waiting=(
        "I'm sorry, I could not call that off just now. A colleague may still write to you here."
    ),
    absence=AbsencePhrases(
        opens="Unfortunately the team is closed until {opens}.",
        closed="Unfortunately the team is closed.",
        nobody="Unfortunately no colleague is available just now.",
        busy="Unfortunately all colleagues are busy just now.",
        offer="Shall I {offers}?",
        offers={
            "callback": "have a colleague call you back",
            "ticket": "pass your request on to the team",
            "wait": "put you in the queue all the same",
        },
        between=", or ",
        no_offer="I am still here and will go on helping you.",
    ),
    sorry=(
        "I'm sorry, I could not reach a colleague just now. I am still here and will go on helping "
        "you; you can ask for a person again at any time."
    ),
    unsure=(
        "I'm sorry, I could not confirm that a colleague has taken over. I am still here; please "
        "ask for a person again if nobody writes to you in the next minutes."
    ),
    here_again=(
        "No colleague could take over, so I am here again and will go on helping you. You can ask "
        "for a person again at any time."
    ),
    after_all="A colleague can take over after all. They will write to you here.",
    callback=(
        "I'm sorry, I could not reach a colleague just now. A colleague will call you back. Until "
        "then I am here and will go on helping you."
    ),
    callback_goodbye=(
        "I am sorry, we cannot connect you with a person right now. A colleague will call you "
        "back. Goodbye."
    ),
    ticket=(
        "I'm sorry, I could not reach a colleague just now. I have passed your request on to the "
        "team. Until they answer I am here and will go on helping you."
    ),
    ticket_goodbye=(
        "I am sorry, we cannot connect you with a person right now. I have passed your request on "
        "to the team. Goodbye."
    ),
    cut_off="I am sorry, we were cut off. I am back: please go on.",
    agent_unavailable=(
        "I am sorry, our virtual agent is unavailable right now. I am connecting you with a "
        "person. Please stay on the line."
    ),
    nobody_there=(
        "I am sorry, we cannot connect you with a person right now. Please call us again in a few "
        "minutes. Goodbye."
    ),
)
