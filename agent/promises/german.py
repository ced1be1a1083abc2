"""How German promises a person."""

from __future__ import annotations

from typing import Final

from agent.promises.grammar import Grammar

_PERSON: Final = (
    r"(?:kolleg(?:en?|in|innen)|mitarbeiter(?:n|in|innen)?|menschen?|mensch|berater(?:n|in|innen)?|"
    r"agent(?:en|in)?|spezialist(?:en|in)?|expert(?:en|e|in)|fach(?:mann|frau|leuten?)|"
    r"vorgesetzte[nr]?|jemand(?:en|em)?|person|team(?:leiter(?:in)?)?|ansprechpartner(?:in)?|"
    r"(?:kunden)?(?:service|dienst|betreuung)|support|(?:fach)?abteilung|buchhaltung|"
    r"mitglied unseres teams)\b"
)
_A_PERSON: Final = (
    r"(?:(?:ein(?:e[nmr]?)?|mein\w*|unser\w*|der nächste|die nächste|de[nr] nächsten?)"
    rf" (?:[\w-]+ ){{0,2}}?{_PERSON}"
    r"|jemand(?:en|em)?\b)(?: (?:aus|von|vom) (?:dem |der |unserem |unserer |meinem )?\w+)?"
)
_NOW: Final = (
    r"(?: (?:jetzt|nun|gleich|sofort|direkt|umgehend|schnell|kurz|gerne?|dann|hier|weiter|"
    r"in kürze|in einem moment|in wenigen (?:augenblicken|minuten)|einmal|mal|dafür|dazu))*"
)
_TO_ANYBODY: Final = rf" (?:mit|an|zu|zum|zur|in)\b[^.!?;,]{{0,60}}?\b{_PERSON}"
_ENDS: Final = r"(?=\W*$|[,;:!…-]| -| (?:und|damit|denn|weil|da|bitte)\b)"
_TAIL: Final = rf"{_NOW}(?:{_TO_ANYBODY}|{_ENDS})"
_YOU: Final = r"(?:sie|dich|euch)"
_TALK: Final = (
    r"(?:das|dieses|ihr|unser|den|diesen|ihren|die|diese) "
    r"(?:gespräch|chat|unterhaltung|anruf|konversation)"
)

_I_DO: Final = (
    rf"(?:\b(?:ich|wir){_NOW} (?:verbinden?|vermittl\w+){_NOW} {_YOU}{_TAIL}"
    rf"|\b(?:verbinden? (?:ich|wir)|verbinde) {_YOU}{_TAIL}"
    rf"|\b(?:(?:ich|wir){_NOW} (?:leiten?|übergeben?|reichen?|geben?)"
    rf"|(?:leiten?|übergeben?|reichen?|geben?) (?:ich|wir))"
    rf"(?: (?:{_YOU}|{_TALK}))?{_NOW}{_TO_ANYBODY}"
    rf"|\b(?:(?:ich|wir){_NOW} stellen?|stellen? (?:ich|wir)) {_YOU}{_NOW}"
    rf"(?:{_TO_ANYBODY})?{_NOW} durch\b"
    rf"|\b(?:(?:ich|wir){_NOW} (?:bringen?|setzen?)|(?:bringen?|setzen?) (?:ich|wir)) {_YOU}"
    rf"{_TO_ANYBODY} (?:in (?:kontakt|verbindung)|zusammen)"
    r"|\b(?:(?:ich|wir)(?: \w+)? (?:holen?|rufen?|ziehen?|schalten?|bitten?|hinzu)"
    r"|(?:holen?|rufen?|ziehen?|schalten?|bitten?) (?:ich|wir))(?: (?:ihnen|dir))?"
    rf"{_NOW} {_A_PERSON}"
    rf"|\b(?:(?:ich|wir) (?:habe|haben)|(?:habe|haben) (?:ich|wir)) (?:{_YOU}{_NOW}"
    rf"(?:{_TO_ANYBODY})?{_NOW} ?(?:verbunden|weiterverbunden|vermittelt|übergeben|durchgestellt)"
    rf"|{_YOU}{_NOW}{_TO_ANYBODY} weitergeleitet"
    rf"|{_A_PERSON} (?:verständigt|informiert|benachrichtigt|dazugeholt|gebeten|gerufen))"
    rf"|\b(?:(?:ich|wir) werden?|werden? (?:ich|wir)|(?:ich|wir) (?:möchten?|muss|müssen)"
    rf"|lassen sie mich) {_YOU}{_NOW}"
    rf"(?:{_TO_ANYBODY} (?:weiter)?(?:verbinden|leiten|vermitteln|übergeben|weiterleiten)"
    rf"|(?:{_TO_ANYBODY})? (?:weiter)?(?:verbinden|vermitteln|durchstellen)\b))"
)
_COMES: Final = (
    r"(?:übernimmt|kommt (?:gleich )?(?:dazu|hinzu)|steigt ein"
    r"|wird (?:(?:jetzt|nun|gleich|hier|in kürze|das gespräch|den chat|diesen chat|ihren fall) )*"
    r"(?:übernehmen|dazukommen|ihnen (?:gleich )?(?:weiter)?helfen|bei ihnen sein|für sie da sein)"
    r"|wird sich (?:gleich|sofort|hier|in kürze|umgehend|in wenigen minuten)\b[^.!?]{0,30}melden"
    r"|meldet sich (?:bei ihnen )?(?:gleich|sofort|hier|in kürze|umgehend|in wenigen)"
    r"|kümmert sich (?:jetzt|gleich|sofort|ab jetzt|nun)"
    r"|(?:hilft|schreibt|antwortet) ihnen (?:gleich|hier|sofort|jetzt|in kürze)"
    r"|ist (?:gleich|sofort|in kürze|in einem moment|schon|bereits)"
    r" (?:bei ihnen|für sie da|unterwegs|da|hier|informiert|verständigt)"
    r"|wurde (?:bereits |gerade )?(?:informiert|verständigt|benachrichtigt|ihnen zugeteilt))"
)
_THEY_COME: Final = (
    rf"(?:\b{_A_PERSON} {_COMES}"
    r"|\b(?:gleich|jetzt|sofort|nun|in kürze|ab hier) "
    rf"(?:übernimmt|meldet sich|(?:hilft|schreibt|antwortet) ihnen|kümmert sich|ist)"
    rf"(?: (?:hier|bei ihnen))? {_A_PERSON})"
)
_YOU_ARE: Final = (
    rf"(?:\b(?:sie|du) (?:werden|wirst|wurden|sind){_NOW}"
    rf"(?:{_TO_ANYBODY} (?:weiter)?(?:verbunden|geleitet|vermittelt|weitergeleitet|durchgestellt)"
    r"| (?:weiterverbunden|durchgestellt|verbunden))"
    rf"|\b(?:sie sprechen|sprechen sie){_NOW} (?:jetzt|gleich|nun) mit {_A_PERSON}"
    rf"|\b(?:ihr|der|dieser) (?:anruf|chat) (?:wird|wurde){_NOW}(?:{_TO_ANYBODY})? "
    r"(?:weiterverbunden|weitergeleitet|durchgestellt|verbunden|übergeben))"
)
_WAIT_FOR: Final = rf"\b(?:warten|gedulden) sie [^.!?;]{{0,30}}?\b(?:auf|bis) {_A_PERSON}"

GERMAN: Final = Grammar(
    promises=(_I_DO, _THEY_COME, _YOU_ARE, _WAIT_FOR),
    meanwhile=rf"\bwährend ich {_YOU}{_NOW}(?:{_TO_ANYBODY})? (?:weiter)?(?:verbinde|vermittle)",
    new_start=r"\b(?:aber|daher|deshalb|darum|also)\b",
    condition_before=(
        r"\b(?:wenn|falls|sofern|sobald|solange|sollten sie|soll ich|erst)\b"
        r"|\b(?:dass|ob|bevor|bis|wie|nicht|nie|niemals|ohne dass) *$"
        r"|\b(?:sagen|schreiben|tippen|drücken|geben) sie\b.* und *$"
    ),
    condition_after=r"\b(?:wenn|falls|sofern|sobald) (?:sie|du|ich|das|es|nötig|gewünscht)\b",
)
