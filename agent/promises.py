"""Sentences that tell a customer that a person is coming: found by their words, without a model.

English and Spanish. Offers, questions, conditions and refusals are no promises; nor are calls
back, which other ways to a human may well have arranged.
"""

from __future__ import annotations

import re
from typing import Final

_PLAIN: Final = str.maketrans("\u2019\u2013\u2014*", "'-- ")
_SENTENCE: Final = re.compile(r"[^.!?…\n]+[.!?…]*\s*|[.!?…\n]+\s*")

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
    r"|takes (?:over|it from here)|has (?:just )?been (?:notified|alerted|called))"
)
_SENT_ON: Final = r"(?:connected|transferred|put through|handed (?:over|off)|passed|redirected)"
_YOU_ARE: Final = (
    r"\b(?:you(?:'re| are|'ll| will|'ve| have)(?: (?:now|soon|shortly|then))* "
    rf"(?:be|being|been) (?:now )?{_SENT_ON}{_TAIL}"
    rf"|you(?:'ll| will) be (?:speaking|talking|chatting){_TO_ANYBODY}"
    rf"|you(?:'re| are) now connect(?:ed|ing){_TO_ANYBODY}"
    r"|(?:your|this|the) (?:call|chat|conversation|case) (?:is|will|has)(?: now)? "
    rf"(?:being|be|been) (?:now )?(?:{_SENT_ON}|escalated|forwarded){_TAIL})"
)
_BARE: Final = (
    rf"(?:^\W*|[,;:-] )(?:now )?(?:connecting|transferring|putting) (?:you|now){_TAIL}"
    r"(?!.*\b(?:is|isn't|was|wasn't|would|will|may|takes|requires)\b)"
)
_WAIT_FOR: Final = rf"\b(?:hold|wait|stay on the line)(?: \w+){{0,3}}? for {_A_PERSON}"

_ES_PERSON: Final = (
    r"(?:compañer[oa]s?|colegas?|agentes?|personas?|human[oa]s?|especialistas?|representantes?|"
    r"operador(?:a|es)?|asesor(?:a|es)?|supervisor(?:a|es)?|encargad[oa]s?|responsables?|alguien|"
    r"equipo|departamento|soporte|atención al cliente|facturación|ventas)\b"
)
_ES_NOW: Final = (
    r"(?: (?:ahora|mismo|ya|enseguida|inmediatamente|directamente|en un momento|aquí))*"
)
_ES_TO_ANYBODY: Final = rf" (?:con|al?)\b[^.!?;,]{{0,50}}?\b{_ES_PERSON}"
_ES_TAIL: Final = rf"{_ES_NOW}(?:{_ES_TO_ANYBODY}|(?=\W*$|[,;:!…-]| (?:y|para|porque|mientras)\b))"
_ES_YOU: Final = r"(?:le|te|lo|la|os|les|los|las)"
_ES_TRANSFER: Final = (
    r"(?:pas(?:o|aré|amos)|conect(?:o|aré|amos)|transf(?:iero|eriré|erimos)|"
    r"comuni(?:co|caré|camos)|deriv(?:o|aré)|traslad(?:o|aré))"
)
_ES_TO_TRANSFER: Final = r"(?:pasar|conectar|transferir|comunicar|derivar|trasladar)"
_ES_TRANSFERRING: Final = (
    r"(?:pas[aá]|conect[aá]|transfiri[eé]|comunic[aá]|deriv[aá]|traslad[aá])ndo"
)
_ES_I_TRANSFER: Final = (
    rf"(?:\b{_ES_YOU} (?:{_ES_TRANSFER}|(?:voy|vamos) a {_ES_TO_TRANSFER}"
    rf"|est(?:oy|amos) {_ES_TRANSFERRING}){_ES_TAIL}"
    r"|\b(?:(?:voy|vamos|procedo) a|d[eé]j[ae]me|perm[ií]t[ae]me) (?:que )?"
    rf"{_ES_TO_TRANSFER}{_ES_YOU}{_ES_TAIL}"
    rf"|\b{_ES_TRANSFERRING}{_ES_YOU}{_ES_TAIL}"
    rf"|\b{_ES_YOU} (?:pongo|pondré|voy a poner|estoy poniendo) en contacto{_ES_TAIL}"
    rf"|\b(?:voy a|d[eé]j[ae]me|perm[ií]t[ae]me) poner{_ES_YOU} en contacto{_ES_TAIL}"
    rf"|\b{_ES_YOU} he (?:pasado|conectado|transferido|comunicado|derivado){_ES_TAIL})"
)
_ES_THEY_COME: Final = (
    rf"\b(?:(?:una?|otr[oa]|nuestr[oa]|mi|un[oa] de (?:mis|nuestr[oa]s)) (?:\w+ )?{_ES_PERSON}"
    r"|alguien)(?: (?:human[oa]|real|de (?:nuestro|soporte|ventas|atención)(?: \w+){0,2}))?"
    r"(?: (?:ya|ahora|enseguida))* "
    r"(?:se (?:hará cargo|encargará|unirá|está uniendo)|tomará (?:el relevo|la |su |tu )"
    rf"|{_ES_YOU} (?:atenderá|va a atender|escribirá aquí)"
    r"|va a (?:atender|tomar|continuar|unirse)\w*|continuará|seguirá con"
    r"|estará con(?:tigo| usted)|está en camino)"
    rf"|\b{_ES_YOU} (?:atiende|atenderá) (?:\w+ ){{1,2}}?{_ES_PERSON}"
)
_ES_YOU_ARE: Final = (
    r"\b(?:(?:será|serás|está siendo|estás siendo|ha sido|has sido) "
    rf"(?:transferid|conectad|derivad|comunicad)[oa]{_ES_TAIL}"
    rf"|(?:será|serás) atendid[oa] por[^.!?;,]{{0,40}}?\b{_ES_PERSON})"
)

_PROMISE: Final = re.compile(
    "|".join(
        [
            _I_DO + _TRANSFER,
            rf"\b{_A_PERSON} ?{_THEY_COME}",
            *(_YOU_ARE, _BARE, _WAIT_FOR, _ES_I_TRANSFER, _ES_THEY_COME, _ES_YOU_ARE),
        ]
    ),
    re.IGNORECASE,
)
_WHILE: Final = re.compile(
    rf"\bwhile (?:i|we) {_TRANSFER}|\bmientras {_ES_YOU} (?:{_ES_TRANSFER}|pongo en contacto)",
    re.IGNORECASE,
)
_NEW_START: Final = re.compile(r"; |\b(?:so|but|therefore|pero|así que|por eso)\b", re.IGNORECASE)
_CONDITION_BEFORE: Final = re.compile(
    r"\b(?:if|unless|whether|in case|should you|(?:once|when(?:ever)?|after|as soon as) (?:you|we)|"
    r"si|en caso de que|(?:cuando|en cuanto) (?:quiera|me|usted|tú)\w*)\b"
    r"|\b(?:before|until|till|when|that|how|after|once|cannot|no|nadie|sin que|antes de que) *$"
    r"|\b(?:say|tell|type|write|press|give|ask)\b.* (?:and|y) *$"
    r"|(?:\b(?:not|never|cannot|without|nunca)|n't)(?: \w+){0,3} *$",
    re.IGNORECASE,
)
_CONDITION_AFTER: Final = re.compile(
    r"\b(?:if (?:you(?:'d| would)? (?:like|want|wish|prefer|agree|need|tell|give|say|let)"
    r"|you(?:'re| are) (?:ok|okay|happy|fine|ready)|that|it|needed|necessary)"
    r"|(?:once|when|whenever|as soon as|after) you\b|unless\b"
    r"|si (?:quiere|lo|le|te|me|prefiere|desea|hace)\w*|(?:cuando|en cuanto) (?:quiera|me)\w*)",
    re.IGNORECASE,
)


def find_promise(text: str) -> str:
    """The first sentence that promises a person, or nothing."""
    return next((one.strip() for one in _SENTENCE.findall(text) if _is_promise(one)), "")


def without_promises(text: str) -> str:
    """The text without the sentences that promise a person."""
    return "".join(one for one in _SENTENCE.findall(text) if not _is_promise(one)).strip()


def _is_promise(sentence: str) -> bool:
    sentence = " ".join(sentence.translate(_PLAIN).split())
    if _WHILE.search(sentence):
        return True
    if sentence.endswith("?"):
        return False
    return any(
        not _CONDITION_BEFORE.search(_NEW_START.split(sentence[: found.start()])[-1])
        and not _CONDITION_AFTER.search(sentence[found.end() :])
        for found in _PROMISE.finditer(sentence)
    )
