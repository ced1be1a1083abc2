"""What the demo model hears in a customer's words: patterns, in English and in Spanish."""

from __future__ import annotations

import re
from typing import Final

_HUMANS = (
    r"(?:(?:person|human(?: being)?|agent|representative|operator|colleague|advis[eo]r|manager|"
    r"supervisor|employee)s?|people|persona|humano|agente|representante|operadora?|encargad[oa])"
)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


HUMAN: Final = _pattern(
    rf"\b(?:speak|talk|chat|connect|transfer|put|pass|hand)\b"
    rf".*\b(?:{_HUMANS}|someone|somebody|customer service|support)\b"
    rf"|\b(?:{_HUMANS}|someone|somebody)\b.*\b(?:talk|speak|help me|call me)\b"
    r"|\b(?:transfer me|escalate)\b"
    rf"|\b(?:want|need|get|give|like|have|prefer)\s+(?:me\s+)?(?:a|an|the|your|some)?\s*"
    rf"(?:real|live|human|actual)?\s*{_HUMANS}\b"
    rf"|\b(?:real|live|actual)\s+{_HUMANS}\b"
    rf"|^\W*(?:a |an )?{_HUMANS}(?:,? please)?\W*$"
    r"|\b(?:hablar|comun[ií]\w+|p[aá]s\w+|quiero|necesito|con[eé]ct\w+|prefiero)\b"
    rf".*\b(?:{_HUMANS}|alguien)\b|\buna persona\b"
)
NO_HUMAN: Final = _pattern(
    r"\b(?:don'?t|do not|no need to|rather not|no)\s+(?:want|need|quiero|necesito)?\s*"
    r"(?:to )?(?:speak|talk|hablar)\b"
)
ARE_YOU_HUMAN: Final = _pattern(
    r"\bare you\b.*\b(?:human|person|robot|bot|ai|machine|real)\b"
    r"|\b(?:eres|es usted)\b.*\b(?:persona|robot|humano|m[aá]quina)\b"
)
NO: Final = _pattern(r"^\W*(?:no|nope|nothing|nada)\b")
YES: Final = _pattern(r"^\W*(?:yes|yeah|yep|sure|ok|okay|please do|please|s[ií]|claro|vale)\b")
CHOICES: Final = {
    "callback": _pattern(
        r"\bcall(?:ed|ing)? (?:me )?back\b|\bcall-?backs?\b"
        r"|\bdevu\w+ la llamada\b|\bll[aá]men?me\b"
    ),
    "ticket": _pattern(r"\b(?:pass|forward) (?:it|that|this|my)\b|\bmessage\b|\bpas\w+ mi\b"),
    "wait": _pattern(r"\b(?:wait|queue|hold|espero|esperar|cola)\b"),
}
ANGER: Final = _pattern(
    r"\b(?:ridiculous|unacceptable|outrageous|furious|angry|disgrace\w*|disgusting|useless|scam|"
    r"rip-?off|fed up|sick of|worst|terrible service|damn|pissed|idiots?|never again|"
    r"file a complaint|make a complaint|complain about|inaceptable|harto|harta|furios[oa]|"
    r"verg[uü]enza|estafa|queja)\b"
)
DANGER: Final = _pattern(
    r"\b(?:unsafe|dangerous|caught fire|on fire|burn(?:ed|t|s|ing) (?:me|my|his|her)|smoke|"
    r"electric shock|injur\w+|got hurt|hurt (?:me|my|himself|herself|badly)|bleeding|"
    r"allergic reaction|poison\w*|peligros[oa]|incendi\w+|herid[oa]|"
    r"me quem[eé]|explot\w+|exploded)\b"
)
TECHNICAL: Final = _pattern(
    r"\b(?:website|web site|app|log ?in|password|error message|page|p[aá]gina|contrase[nñ]a)\b"
)
REFUND: Final = _pattern(r"\b(?:refund\w*|money back|reimburse\w*|reembols\w+|mi dinero)\b")
REFUND_WISH: Final = _pattern(
    r"\b(?:want|need|give|like|request|demand|issue|get me|please|quiero|necesito|devu[eé]lv\w+)\b"
)
ORDER: Final = _pattern(
    r"\b(?:where(?:'s| is)|status|track|when (?:will|does|is)|d[oó]nde|cu[aá]ndo|estado)\b"
    r".*\b(?:order|package|parcel|delivery|pedido|paquete)\b"
    r"|\b(?:my order|order status|my parcel|my package|mi pedido|mi paquete)\b"
)
TRACKING: Final = _pattern(
    r"\b(?:order|parcel|package|ship\w*|track\w*|arriv\w+|deliver\w*|pedido)\b"
)
CHANGE: Final = _pattern(
    r"\b(?:cancel|change|modify)\b.*\border\b|\b(?:cancelar|cambiar)\b.*\bpedido\b"
)
ABILITIES: Final = _pattern(
    r"\b(?:what|how) can you (?:do|help)\b|\bwho are you\b"
    r"|^\W*(?:i need |can you )?help(?: me)?\W*$|\bqu[eé] puedes hacer\b|^\W*ayuda\W*$"
)
PAST: Final = _pattern(
    r"\b(?:remember me|last time|know about me|my preferences?|previous(?:ly)?|"
    r"recuerdas?|acuerdas?|[uú]ltima vez|sabes? (?:de|sobre) m[ií])\b"
)
THANKS: Final = _pattern(r"\b(?:thanks|thank you|thx|gracias)\b")
GOODBYE: Final = _pattern(
    r"\b(?:bye|goodbye|that'?s all|that is all|have a nice day|adi[oó]s|hasta luego|eso es todo)\b"
)
GREETING: Final = _pattern(
    r"^(?:\W*(?:hi|hello|hey|good (?:morning|afternoon|evening)|hola|"
    r"buen[oa]s (?:d[ií]as|tardes|noches))\b)+"
)
URGENT: Final = _pattern(r"\b(?:urgent\w*|asap|immediately|right now|emergency|urgente|ya mismo)\b")
NOT_URGENT: Final = _pattern(r"\b(?:no rush|no hurry|not urgent|whenever|sin prisa)\b")

_SPANISH: Final = _pattern(
    r"[¿¡ñ]|\b(?:hola|gracias|quiero|necesito|persona|pedido|d[oó]nde|est[aá]|por favor|hablar|"
    r"cu[aá]l|cu[aá]ndo|cu[aá]nto|horario|env[ií]o|reembolso|devoluci[oó]n|tallas?|garant[ií]a|"
    r"buenos|buenas|tengo|puedo|mi|una|el|la|los|las|adi[oó]s)\b"
)
_ENGLISH: Final = _pattern(
    r"\b(?:the|my|is|are|what|where|when|how|i|you|please|want|need|a|an|to|of|hello|hi|thanks)\b"
)
_AMOUNT: Final = _pattern(
    r"(?:[$€£]|\b(?:usd|eur|gbp)\b)\s*(\d[\d,]*(?:\.\d{1,2})?)"
    r"|(\d[\d,]*(?:\.\d{1,2})?)\s*(?:[$€£]|(?:dollars?|usd|euros?|eur|pounds?|gbp|bucks|d[oó]lares)\b)"
)
_DIGITS: Final = (
    *("zero", "one", "two", "three", "four"),
    *("five", "six", "seven", "eight", "nine"),
)
_SPOKEN_NUMBER: Final = _pattern(
    rf"\b(?:{'|'.join(_DIGITS)}|oh)(?:[\s-]+(?:{'|'.join(_DIGITS)}|oh)){{3,9}}\b"
)
_ORDER_NUMBER: Final = _pattern(r"#\s*(\d{4,10})\b|\b(?:order|pedido)\b\D{0,20}?(\d{4,10})\b")
_PHONE_NUMBER: Final = _pattern(r"\+[1-9](?:[\s().-]*\d){6,14}")
_BARE_NUMBER: Final = _pattern(r"\b(\d{4,10})\b")


def is_spanish(text: str) -> bool:
    return len(_SPANISH.findall(text)) > len(_ENGLISH.findall(text))


def is_shouting(text: str) -> bool:
    """Three or more words, nearly all in capitals."""
    letters = [letter for letter in text if letter.isalpha()]
    capitals = sum(letter.isupper() for letter in letters)
    return len(text.split()) >= 3 and len(letters) >= 10 and capitals > 0.8 * len(letters)


def largest_amount(text: str) -> float | None:
    """The largest amount of money named: `$1,250.50`, `250 dollars`, `80 euros`."""
    amounts = [float((before or after).replace(",", "")) for before, after in _AMOUNT.findall(text)]
    return max(amounts, default=None)


def order_number(text: str, *, asked: bool = False) -> str | None:
    """`#1042`, `order 1042`, `one oh four two`; any number when the customer was asked for it."""
    digits = _SPOKEN_NUMBER.sub(lambda spoken: _to_digits(spoken[0]), text)
    without_amounts = _AMOUNT.sub(" ", digits)
    if found := _ORDER_NUMBER.search(without_amounts):
        return found[1] or found[2]
    is_about_orders = asked or TRACKING.search(text)
    bare = _BARE_NUMBER.search(without_amounts) if is_about_orders else None
    return bare[1] if bare else None


def _to_digits(spoken: str) -> str:
    words = re.split(r"[\s-]+", spoken.lower().replace("oh", "zero"))
    return "".join(str(_DIGITS.index(word)) for word in words)


def phone_number(text: str) -> str:
    """`+1 555 010 0001` as `+15550100001`; empty when there is none with a country code."""
    found = _PHONE_NUMBER.search(text)
    return "+" + re.sub(r"\D", "", found[0]) if found else ""


def urgency(text: str) -> str:
    if NOT_URGENT.search(text):
        return "low"
    return "high" if URGENT.search(text) else "normal"
