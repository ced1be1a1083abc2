"""How French promises a person."""

from __future__ import annotations

from typing import Final

from agent.promises.grammar import Grammar

_PERSON: Final = (
    r"(?:collègues?|conseill(?:er|ère)s?|agente?s?|humaine?s?|personnes?|spécialistes?|"
    r"experte?s?|responsables?|opérat(?:eur|rice)s?|superviseure?s?|techniciens?|techniciennes?|"
    r"représentante?s?|quelqu'un|équipe|service client(?:s|èle)?|service après-vente|support)\b"
)
_A_PERSON: Final = (
    r"(?:(?:une?|mon|ma|notre|nos|l'une? de (?:nos|mes)|une? de (?:nos|mes)|une? autre|d'une?) "
    rf"(?:[\w-]+ ){{0,2}}?{_PERSON}|quelqu'un\b)"
    r"(?: (?:de (?:notre|l')\s?\w+|humaine?|du \w+))?"
)
_NOW: Final = (
    r"(?: (?:maintenant|tout de suite|immédiatement|directement|dès maintenant|à présent|ici|donc|"
    r"sans attendre|aussitôt|dans un instant))*"
)
_NO_PLACE: Final = (
    r"(?:(?!\b(?:page|lien|site|formulaire|portail|article|numéro|adresse|colis)\b)[^.!?;,])"
)
_TO_ANYBODY: Final = (
    rf" (?:à|au|aux|avec|vers|un|une|mon|ma|notre|nos)\b{_NO_PLACE}{{0,50}}?{_PERSON}"
)
_TO_SOMEONE: Final = (
    rf"(?:{_TO_ANYBODY}| (?:à |avec |vers )?quelqu'un\b| à l'une? de nos {_PERSON})"
)
_ENDS: Final = r"(?=\W*$|[,;:!…-]| -| (?:et|afin|pour que|car|restez|merci)\b)"
_TAIL: Final = rf"{_NOW}(?:{_TO_SOMEONE}|{_ENDS})"
_TALK: Final = (
    r"(?:(?:la|cette|votre|notre) (?:conversation|discussion)|(?:ce|le) chat|votre appel)"
)
_TOUCH: Final = r"en (?:relation|contact|communication|lien)"

_I_DO: Final = (
    rf"(?:\b(?:je|nous) vous (?:mets|mettons|mettrai){_NOW} {_TOUCH}{_TAIL}"
    rf"|\b(?:je|nous) vous (?:transfère|transférons|transférerai|connecte){_TAIL}"
    rf"|\b(?:je|nous) vous (?:passe|passons|redirige|dirige|oriente|confie|adresse){_NOW}"
    rf"{_TO_SOMEONE}"
    rf"|\b(?:je vais|nous allons|laissez-moi|permettez-moi de|je suis en train de|je dois) vous "
    rf"(?:mettre{_NOW} {_TOUCH}{_TAIL}|(?:transférer|connecter){_TAIL}"
    rf"|(?:passer|rediriger|diriger|orienter|confier|adresser){_NOW}{_TO_SOMEONE})"
    rf"|\bje vous ai (?:mise?s? {_TOUCH}|transférée?s?){_TAIL}"
    rf"|\b(?:je|nous) (?:vais |allons )?(?:transf[èé]r\w+|passe\w*|confie\w*|transmets) {_TALK}"
    rf"{_TO_SOMEONE}"
    r"|\b(?:je (?:vais )?(?:fais|faire) (?:appel à|venir|intervenir)|j'appelle|je préviens"
    r"|je vais (?:chercher|appeler|prévenir)|j'ai (?:demandé à|prévenu|alerté|appelé)"
    rf"|je demande à){_NOW} {_A_PERSON})"
)
_SOON: Final = (
    r"(?: (?:ici|maintenant|tout de suite|dans un instant|dans quelques instants|sous peu|bientôt|"
    r"très vite|d'ici peu|dans ce chat)\b)"
)
_THEY_COME: Final = (
    rf"\b{_A_PERSON}(?: (?:va|vont))?"
    r"(?: (?:prend(?:re|ra)? (?:maintenant )?(?:le relais|la suite|(?:votre demande )?en charge)"
    r"|reprend(?:re|ra)? (?:la|cette|votre) conversation|arrive\b"
    r"|(?:poursuivre|poursuivra|continuer|continuera) (?:avec vous|la conversation|cette)"
    rf"|vous (?:rejoint|rejoindra|rejoindre|prend(?:re|ra)? en charge)"
    rf"|vous (?:répond|répondre|répondra|écrit|écrire|écrira|aide|aider|aidera|assister|assistera)"
    rf"{_SOON}|sera (?:avec vous|là|à vous){_SOON}?|est en (?:route|chemin)"
    r"|s'occupe(?:r|ra)? (?:maintenant )?de vous|a été (?:prévenue?|alertée?|informée?)))"
)
_YOU_ARE: Final = (
    rf"(?:\bvous (?:êtes|allez être|serez|avez été)(?: maintenant| bientôt)? "
    rf"(?:mise?s? {_TOUCH}|transférée?s?){_TAIL}"
    rf"|\bvous (?:êtes|allez être|serez)(?: maintenant| bientôt)? (?:connectée?s?|redirigée?s?"
    rf"|orientée?s?){_NOW}{_TO_SOMEONE}"
    rf"|\bvous (?:parlerez|allez parler|serez prise?s? en charge) (?:à|avec|par) {_A_PERSON}"
    r"|\b(?:votre|cet|cette) (?:appel|conversation) (?:est|va être|sera|a été) "
    rf"(?:en cours de transfert|transférée?){_TAIL})"
)
_WAIT_FOR: Final = (
    rf"\b(?:patientez|attendez)[^.!?;]{{0,30}}?(?:en attendant|jusqu'à ce que|qu') ?{_A_PERSON}"
)

FRENCH: Final = Grammar(
    promises=(_I_DO, _THEY_COME, _YOU_ARE, _WAIT_FOR),
    meanwhile=(
        r"\b(?:pendant que|le temps que) je vous "
        rf"(?:transfère|mets {_TOUCH}|passe{_TO_SOMEONE})"
    ),
    new_start=r"\b(?:mais|donc|alors|c'est pourquoi)\b",
    condition_before=(
        r"\b(?:si|s'il|au cas où|dès que|quand|lorsque|avant (?:que|de)|une fois que)\b"
        r"|(?:\b(?:que|ne|pas|personne|sans|comment|jamais) *|qu')$"
        r"|\b(?:dites|écrivez|tapez|appuyez|donnez)\b.* et *$"
    ),
    condition_after=(
        r"\b(?:si (?:vous|besoin|nécessaire)|s'il le faut|(?:dès|quand|lorsque) (?:que )?vous)\b"
    ),
)
