"""How Spanish promises a person."""

from __future__ import annotations

from typing import Final

from agent.promises.grammar import Grammar

_PERSON: Final = (
    r"(?:compañer[oa]s?|colegas?|agentes?|personas?|human[oa]s?|especialistas?|representantes?|"
    r"operador(?:a|es)?|asesor(?:a|es)?|supervisor(?:a|es)?|encargad[oa]s?|responsables?|alguien|"
    r"equipo|departamento|soporte|atención al cliente|facturación|ventas)\b"
)
_NOW: Final = r"(?: (?:ahora|mismo|ya|enseguida|inmediatamente|directamente|en un momento|aquí))*"
_TO_ANYBODY: Final = rf" (?:con|al?)\b[^.!?;,]{{0,50}}?\b{_PERSON}"
_TAIL: Final = rf"{_NOW}(?:{_TO_ANYBODY}|(?=\W*$|[,;:!…-]| (?:y|para|porque|mientras)\b))"
_YOU: Final = r"(?:le|te|lo|la|os|les|los|las)"
_TRANSFER: Final = (
    r"(?:pas(?:o|aré|amos)|conect(?:o|aré|amos)|transf(?:iero|eriré|erimos)|"
    r"comuni(?:co|caré|camos)|deriv(?:o|aré)|traslad(?:o|aré))"
)
_TO_TRANSFER: Final = r"(?:pasar|conectar|transferir|comunicar|derivar|trasladar)"
_TRANSFERRING: Final = r"(?:pas[aá]|conect[aá]|transfiri[eé]|comunic[aá]|deriv[aá]|traslad[aá])ndo"
_I_TRANSFER: Final = (
    rf"(?:\b{_YOU} (?:{_TRANSFER}|(?:voy|vamos) a {_TO_TRANSFER}"
    rf"|est(?:oy|amos) {_TRANSFERRING}){_TAIL}"
    r"|\b(?:(?:voy|vamos|procedo) a|d[eé]j[ae]me|perm[ií]t[ae]me) (?:que )?"
    rf"{_TO_TRANSFER}{_YOU}{_TAIL}"
    rf"|\b{_TRANSFERRING}{_YOU}{_TAIL}"
    rf"|\b{_YOU} (?:pongo|pondré|voy a poner|estoy poniendo) en contacto{_TAIL}"
    rf"|\b(?:voy a|d[eé]j[ae]me|perm[ií]t[ae]me) poner{_YOU} en contacto{_TAIL}"
    rf"|\b{_YOU} he (?:pasado|conectado|transferido|comunicado|derivado){_TAIL})"
)
_THEY_COME: Final = (
    rf"\b(?:(?:una?|otr[oa]|nuestr[oa]|mi|un[oa] de (?:mis|nuestr[oa]s)) (?:\w+ )?{_PERSON}"
    r"|alguien)(?: (?:human[oa]|real|de (?:nuestro|soporte|ventas|atención)(?: \w+){0,2}))?"
    r"(?: (?:ya|ahora|enseguida))* "
    r"(?:se (?:hará cargo|encargará|unirá|está uniendo)|tomará (?:el relevo|la |su |tu )"
    rf"|{_YOU} (?:atenderá|va a atender|escribirá aquí)"
    r"|va a (?:atender|tomar|continuar|unirse)\w*|continuará|seguirá con"
    r"|estará con(?:tigo| usted)|está en camino)"
    rf"|\b{_YOU} (?:atiende|atenderá) (?:\w+ ){{1,2}}?{_PERSON}"
)
_YOU_ARE: Final = (
    r"\b(?:(?:será|serás|está siendo|estás siendo|ha sido|has sido) "
    rf"(?:transferid|conectad|derivad|comunicad)[oa]{_TAIL}"
    rf"|(?:será|serás) atendid[oa] por[^.!?;,]{{0,40}}?\b{_PERSON})"
)

SPANISH: Final = Grammar(
    promises=(_I_TRANSFER, _THEY_COME, _YOU_ARE),
    meanwhile=rf"\bmientras {_YOU} (?:{_TRANSFER}|pongo en contacto)",
    new_start=r"\b(?:pero|así que|por eso)\b",
    condition_before=(
        r"\b(?:si|en caso de que|(?:cuando|en cuanto) (?:quiera|me|usted|tú)\w*)\b"
        r"|\b(?:no|nadie|sin que|antes de que) *$"
        r"|\b(?:diga|dígame|escriba|pulse)\b.* y *$"
        r"|\bnunca(?: \w+){0,3} *$"
    ),
    condition_after=(
        r"\b(?:si (?:quiere|lo|le|te|me|prefiere|desea|hace)\w*"
        r"|(?:cuando|en cuanto) (?:quiera|me)\w*)"
    ),
)
