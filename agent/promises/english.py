"""How English promises a person."""

from __future__ import annotations

from typing import Final

from agent.promises.grammar import Grammar

_PERSON: Final = (
    r"(?:colleagues?|humans?|persons?|people|agents?|representatives?|reps?|specialists?|experts?|"
    r"operators?|supervisors?|managers?|advis[eo]rs?|teammates?|team members?|staff members?|"
    r"member of (?:our|the|my)(?: \w+){0,2} (?:team|staff)|someone|somebody)(?!'s\b)\b"
)
_TEAM: Final = (
    r"(?:team|department|staff|support|customer (?:service|care)|billing|sales|complaints|returns)"
    r"\b(?! (?:page|site|form|article|portal|link|section|number|policy|bot))"
)
_A_PERSON: Final = (
    rf"(?:(?:an?|another|my|our|some|the next|one of (?:my|our|the)) (?:[\w-]+ ){{0,3}}?{_PERSON}"
    r"|(?:someone|somebody)\b)(?: (?:else|(?:from|on|in|at) (?:our|the|my)(?: \w+){1,2}))?"
)
_NOW: Final = (
    r"(?: (?:now|right|away|over|through|directly|straight|immediately|at once|shortly|soon|here|"
    r"today|then|next|across|in a (?:moment|second|minute)|momentarily|for you))*"
)
_TO_ANYBODY: Final = rf" (?:to|with|onto)\b[^.!?;,]{{0,60}}?\b(?:{_PERSON}|{_TEAM})"
_ENDS: Final = r"(?=\W*$|[,;:!…-]| -| (?:so|and|because|as|since|please|while|who)\b)"
_TAIL: Final = rf"{_NOW}(?:{_TO_ANYBODY}|{_ENDS})"
_TALK: Final = r"(?:this|it|(?:this|the|your|our) (?:chat|call|conversation|case|issue|matter))"

_ADVERBS: Final = (
    r"(?:(?:now|just|already|currently|right now|immediately|gladly|happily|also|then|quickly|"
    r"simply|personally|going to|about to|trying to|try to|try and|go ahead and|have to|need to) )*"
)
_I_DO: Final = (
    r"\b(?:(?:i|we)'?(?:m|ll|re|ve)|i am|we are|(?:i|we) (?:will|have|need to|must)|let me|let us|"
    rf"allow me to) {_ADVERBS}"
)
_TRANSFER: Final = (
    rf"(?:(?:connect|transfer|patch|switch)\w* you{_TAIL}"
    r"|(?:pass|forward|hand|redirect|rout|direct|refer|mov|send|get)\w* you(?: on)?"
    rf"{_NOW}{_TO_ANYBODY}"
    rf"|(?:hand|pass)\w* you (?:over|off|across){_TAIL}"
    rf"|put(?:ting)? you (?:through|in touch|in contact){_TAIL}"
    rf"|put(?:ting)? you on{_TO_ANYBODY}"
    rf"|(?:hand|pass|forward|transfer|rout|giv|turn)\w* {_TALK}(?: (?:over|off|on|along|now))*"
    rf" to {_A_PERSON}"
    rf"|escalat\w* {_TALK}{_TAIL}"
    rf"|hand(?:ing|ed)? (?:over|off){_TO_ANYBODY}"
    r"|(?:get|got|bring|brought|fetch|find|call|ask|invit|request|notif|alert|grab|have|loop|"
    rf"reach|arrang)\w*(?: in| over| out to| for)?(?: you| for you)? {_A_PERSON})"
)
_THEY_COME: Final = (
    r"(?:(?:will|'ll|is going to|is about to)(?: (?:now|then|soon|shortly|also))* "
    r"(?:take over|step in|join\b|be (?:right )?(?:with|here|joining|taking)"
    r"|(?:take|pick) (?:this|it)(?: up| over)?(?: from here)?|write to you here"
    r"|take (?:over )?(?:the|your|this) (?:call|chat|conversation|case)"
    r"|(?:continue|carry on) (?:this|the|with|here)|(?:speak|talk|chat) (?:to|with) you"
    rf"|(?:help|assist) you(?: with (?:this|that|it)| further| from here)?{_NOW}(?:{_ENDS}))"
    r"|is (?:(?:now|already|just) )*(?:taking over|joining|coming|stepping in|on (?:the|their) way)"
    r"|takes (?:over|it from here)|has (?:just )?been (?:notified|alerted|called|assigned to "
    r"(?:you|(?:this|your) (?:chat|call|conversation|case))))"
)
_SENT_ON: Final = r"(?:connected|transferred|put through|handed (?:over|off)|passed|redirected)"
_YOU_ARE: Final = (
    r"\b(?:you(?:'re| are|'ll| will|'ve| have)(?: (?:now|soon|shortly|then))* "
    rf"(?:be|being|been) (?:now )?{_SENT_ON}{_TAIL}"
    rf"|you(?:'ll| will) be (?:speaking|talking|chatting){_TO_ANYBODY}"
    rf"|you(?:'ll| will) hear from {_A_PERSON}(?: (?:now|soon|shortly|here|right away|momentarily"
    r"|in an? (?:moment|minute|second)|in this (?:chat|call|conversation)))+(?=\W*$|,| and\b)"
    rf"|you(?:'re| are) now connect(?:ed|ing){_TO_ANYBODY}"
    r"|(?:your|this|the) (?:call|chat|conversation|case) (?:is|will|has)(?: now)? "
    rf"(?:being|be|been) (?:now )?(?:{_SENT_ON}|escalated|forwarded){_TAIL})"
)
_BARE: Final = (
    rf"(?:^\W*|[,;:-] )(?:now )?(?:connecting|transferring|putting) (?:you|now){_TAIL}"
    r"(?!.*\b(?:is|isn't|was|wasn't|would|will|may|takes|requires)\b)"
)
_WAIT_FOR: Final = rf"\b(?:hold|wait|stay on the line)(?: \w+){{0,3}}? for {_A_PERSON}"

ENGLISH: Final = Grammar(
    promises=(
        _I_DO + _TRANSFER,
        rf"\b{_A_PERSON} ?{_THEY_COME}",
        *(_YOU_ARE, _BARE, _WAIT_FOR),
    ),
    meanwhile=rf"\bwhile (?:i|we) {_TRANSFER}",
    new_start=r"\b(?:so|but|therefore)\b",
    condition_before=(
        r"\b(?:if|unless|whether|in case|should you|"
        r"(?:once|when(?:ever)?|after|as soon as) (?:you|we))\b"
        r"|\b(?:before|until|till|when|that|how|after|once|cannot|no) *$"
        r"|\b(?:say|tell|type|write|press|give|ask)\b.* and *$"
        r"|(?:\b(?:not|never|cannot|without)|n't)(?: \w+){0,3} *$"
    ),
    condition_after=(
        r"\b(?:if (?:you(?:'d| would)? (?:like|want|wish|prefer|agree|need|tell|give|say|let)"
        r"|you(?:'re| are) (?:ok|okay|happy|fine|ready)|that|it|needed|necessary)"
        r"|(?:once|when|whenever|as soon as|after) you\b|unless\b)"
    ),
)
