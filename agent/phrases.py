"""What the agent says without its model, in the languages it can say it in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Phrases:
    """Fixed words of one language: while a reply takes a moment, and around the end of a call."""

    fillers: tuple[str, ...]
    still_there: str
    goodbye_after_silence: str
    time_is_short: str
    goodbye_at_limit: str


ENGLISH = Phrases(
    fillers=(
        "One moment, please.",
        "Let me see.",
        "Just a second.",
        "I am looking into it.",
    ),
    still_there="Are you still there?",
    goodbye_after_silence="I cannot hear you, so I will hang up now. Please call again. Goodbye.",
    time_is_short="We have about a minute left on this call.",
    goodbye_at_limit="I have to end this call now. Please call again if you need more. Goodbye.",
)
PHRASES = {
    "en": ENGLISH,
    "de": Phrases(
        fillers=(
            "Einen Moment bitte.",
            "Ich schaue kurz nach.",
            "Das dauert einen Augenblick.",
            "Ich bin gleich so weit.",
        ),
        still_there="Sind Sie noch da?",
        goodbye_after_silence=(
            "Ich kann Sie nicht hören und lege jetzt auf. Rufen Sie gern wieder an. "
            "Auf Wiederhören."
        ),
        time_is_short="Wir haben noch etwa eine Minute für dieses Gespräch.",
        goodbye_at_limit=(
            "Ich muss das Gespräch jetzt beenden. Rufen Sie gern wieder an. Auf Wiederhören."
        ),
    ),
    "es": Phrases(
        fillers=(
            "Un momento, por favor.",
            "Déjeme ver.",
            "Lo estoy mirando.",
            "Solo un segundo.",
        ),
        still_there="¿Sigue usted ahí?",
        goodbye_after_silence="No le oigo, así que voy a colgar. Vuelva a llamarnos. Adiós.",
        time_is_short="Nos queda más o menos un minuto de llamada.",
        goodbye_at_limit="Tengo que terminar la llamada. Vuelva a llamarnos. Adiós.",
    ),
    "fr": Phrases(
        fillers=(
            "Un instant, s'il vous plaît.",
            "Laissez-moi regarder.",
            "Je vérifie.",
            "J'en ai pour une seconde.",
        ),
        still_there="Êtes-vous toujours là ?",
        goodbye_after_silence="Je ne vous entends pas, je raccroche. Rappelez-nous. Au revoir.",
        time_is_short="Il nous reste environ une minute pour cet appel.",
        goodbye_at_limit="Je dois terminer cet appel. Rappelez-nous. Au revoir.",
    ),
}


def phrases_for(language: str) -> Phrases:
    """Those of a language as de-DE; English where we have none."""
    return PHRASES.get(language.partition("-")[0].lower(), ENGLISH)
