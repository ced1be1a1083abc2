"""Whether a customer who waits for a human writes that they no longer want one.

Only a message that says nothing else counts: who asks something as well waits on.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from typing import Literal, cast

Language = Literal["en", "de", "es", "fr"]

LONGEST = 100
APOSTROPHES = "'\u2019"

_HUMAN = (
    r"(?:(?:an?|the|any|another|with|to|from|speak|talk|real|live|human|help) )*"
    r"(?:humans?|person|agent|colleague|representative|operator|anyone|anybody|someone|somebody|"
    r"one|help|transfer)"
)
_MENSCH = (
    r"(?:(?:doch|jetzt|mehr|mit|einen|einem|keinen|keinem|keine|echten|menschlichen) )*"
    r"(?:menschen|mitarbeiter|kollegen|berater|agenten|person|niemanden|hilfe)"
)
_HUMAIN = (
    r"(?:(?:parler|a|avec|un|une|dun|dune|de|vrai|vraie) )*"
    r"(?:humain|humaine|conseiller|conseillere|agent|personne|collegue|quelquun|operateur|aide)"
)
_HUMANO = (
    r"(?:(?:hablar|con|a|un|una|ningun|ninguna) )*"
    r"(?:humano|humana|persona|agente|asesor|asesora|companero|companera|nadie|alguien|ayuda)"
)
PHRASES = {
    "en": (
        *("never ?mind(?: that| it)?", "nvm", "forget it", "forget about it", "forget that"),
        *("cancel", "cancel (?:it|that|this)", "cancel the (?:transfer|handoff|handover)"),
        *("no need(?: any ?more)?", "no longer needed", "dont bother", "do not bother"),
        r"i (?:dont|do not) want to wait(?: any ?more| any longer)?",
        *("stop waiting", "i(?: have|ve)? changed my mind"),
        rf"i (?:(?:dont|do not) (?:really )?|no longer )(?:need|want) {_HUMAN}"
        r"(?: (?:any ?more|any longer|now|after all))*",
        rf"no (?:need for|longer need) {_HUMAN}(?: any ?more| now)?",
        rf"(?:you )?(?:dont|do not)(?: need to| have to)? (?:transfer|connect) me(?: {_HUMAN})?",
        r"(?:ill|i will|id rather|i would rather|lets) (?:just )?"
        r"(?:continue|go on|carry on|stay)(?: here)? with (?:you|the bot|the virtual agent)",
    ),
    "de": (
        *("vergiss (?:es|das)", "vergessen sie (?:es|das)", "schon gut", "doch nicht"),
        *("nicht (?:mehr )?notig", "(?:ist|wird) nicht mehr (?:notig|gebraucht)"),
        r"(?:(?:es|das|die sache) )?hat sich (?:(?:schon|inzwischen) )?erledigt",
        *("abbrechen", "brechen sie (?:es|das) ab", "brich (?:es|das) ab"),
        *("lass (?:es|gut sein|es gut sein)", "lassen sie (?:es|nur|gut sein|es gut sein)"),
        r"ich (?:will|mochte) nicht (?:mehr|langer) warten",
        r"(?:ich )?hab(?:e|s)?(?: es)? mir anders uberlegt",
        rf"ich brauche (?:doch )?(?:keinen|keine|niemanden)(?: {_MENSCH})?(?: mehr)?",
        rf"ich (?:will|mochte) (?:doch )?(?:nicht mehr|keinen|keine) {_MENSCH}(?: mehr)?"
        r"(?: sprechen)?",
        r"ich (?:mache|bleibe|rede) (?:(?:lieber|doch|jetzt|hier) )*(?:mit|bei) (?:ihnen|dir)"
        r"(?: weiter)?",
    ),
    "es": (
        *("olvidalo", "olvidelo", "olvidate", "olvidese", "dejalo", "dejelo"),
        *("no importa", "da igual", "ya no", "ya no hace falta", "no hace falta"),
        *("cancelar", "cancela", "cancele", "cancelalo", "cancelelo"),
        *("no quiero esperar", "no quiero esperar mas", "ya no quiero esperar"),
        *("he cambiado de opinion", "cambie de opinion"),
        rf"(?:ya )?no (?:necesito|quiero) {_HUMANO}(?: ya)?",
        r"(?:sigo|prefiero seguir|mejor sigo) (?:contigo|con usted)",
    ),
    "fr": (
        *("laisse(?:z)? tomber", "oublie(?:z)?(?: ca| cela)?", "tant pis"),
        r"(?:ce (?:nest )?|cest )?(?:plus|pas) (?:la peine|necessaire)",
        *("plus besoin", "annule(?:z|r)?", "annule(?:z|r)? le transfert", "jai change davis"),
        r"je (?:ne )?(?:veux|souhaite) (?:plus|pas) attendre",
        rf"(?:je nai|jai|je nai vraiment) (?:plus|pas) besoin {_HUMAIN}",
        rf"je ne (?:veux|souhaite) (?:plus|pas) {_HUMAIN}",
        r"je (?:continue|reste|prefere continuer|prefere rester|vais continuer) avec (?:vous|toi)",
    ),
}
"""Regular expressions of small letters, without accents, apostrophes and punctuation."""
FILLERS = (
    *("oh", "ok", "okay", "well", "actually", "then", "please", "no", "just", "sorry", "hi"),
    *("thanks", "thank you", "all right", "alright", "its (?:fine|ok|okay)", "thats fine", "hey"),
    *("bueno", "vale", "pues", "mejor", "por favor", "gracias", "muchas gracias", "perdon"),
    *(
        "ach",
        "ah",
        "na gut",
        "gut",
        "also",
        "dann",
        "bitte",
        "danke",
        "vielen dank",
        "nein",
        "doch",
    ),
    *("eigentlich", "entschuldigung", "bon", "ben", "bah", "euh", "finalement", "en fait", "alors"),
    *("merci", "merci beaucoup", "sil vous plait", "svp", "non", "daccord", "desole", "pardon"),
)
"""What may stand before and after."""
_SOLVED = (
    r"i(?: have|ve)? (?:just )?(?:found|figured|sorted|solved|got) (?:it|it out)(?: myself)?",
    r"its (?:solved|sorted|fixed|resolved|working now|fine now|ok now)",
    r"(?:ich )?habe? es (?:schon |selbst )*gefunden",
    r"jai trouve",
    r"ya lo (?:encontre|he encontrado)",
)
_GOING_ON = (
    r"(?:ill|i will|lets|we can) (?:just )?(?:continue|go on|carry on)(?: here)?",
    r"(?:can|could|will) you (?:please )?(?:just )?help me(?: instead| then| after all| yourself)*",
    r"(?:konnen sie|kannst du) mir (?:(?:stattdessen|doch|bitte|selbst) )*helfen",
    r"machen wir (?:hier )?weiter",
    r"(?:pouvez vous|peux tu) maider(?: plutot| vous meme)?",
    r"continuons(?: ici| ensemble)?",
    r"(?:puede|puedes) ayudarme (?:usted|tu)",
)
"""What may follow: it needs no human either."""


def _either(words: tuple[str, ...]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_BY_LANGUAGE = "|".join(rf"(?P<{name}>{_either(words)})" for name, words in PHRASES.items())
_AFTER = _either((*FILLERS, *_SOLVED, *_GOING_ON, *itertools.chain(*PHRASES.values())))
_WHOLE = re.compile(rf"(?:(?:{_either(FILLERS)}) )*(?:{_BY_LANGUAGE})(?: (?:{_AFTER}))*")


def language_of_never_mind(text: str) -> Language | None:
    """The language in which `text` says so, and nothing else; None when it does not."""
    found = _WHOLE.fullmatch(_plain(text)) if len(text) <= LONGEST else None
    return cast(Language, found.lastgroup) if found else None


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(
        one for one in letters if not unicodedata.combining(one) and one not in APOSTROPHES
    )
    return " ".join(re.findall(r"\w+", bare))
