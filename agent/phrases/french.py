"""French."""

from __future__ import annotations

from agent.phrases.phrases import AbsencePhrases, Calendar, Phrases

FRENCH = Phrases(
    language="fr-FR",
    calendar=Calendar(
        weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        months=(
            *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
            *("août", "septembre", "octobre", "novembre", "décembre"),
        ),
        today="aujourd'hui à {clock}",
        tomorrow="demain à {clock}",
        this_week="{weekday} à {clock}",
        later="le {weekday} {day} {month} à {clock}",
    ),
    fillers=(
        "Un instant, s'il vous plaît.",
        "Laissez-moi regarder.",
        "Je vérifie.",
        "J'en ai pour une seconde.",
    ),
    still_there="Êtes-vous toujours là ?",
    goodbye_after_silence="Je ne vous entends pas, je raccroche. Rappelez-nous. Au revoir.",
    time_is_short="Il ne nous reste que peu de temps pour cet appel.",
    goodbye_at_limit="Je dois terminer cet appel. Rappelez-nous. Au revoir.",
    apology=("Je suis désolé, j'ai du mal à répondre. Pouvez-vous répéter, s'il vous plaît ?"),
    apology_after_words=(
        "Je suis désolé, j'ai perdu le fil. Pouvez-vous répéter, s'il vous plaît ?"
    ),
    trouble="Je suis désolé, je n'arrive toujours pas à bien vous répondre.",
    taken_back=(
        "Je suis désolé, c'était trop vite dit : je ne peux pas vous mettre en relation avec un "
        "collègue pour le moment. Je reste là pour vous aider."
    ),
    only_text=(
        "Je suis désolé, je ne sais lire que du texte. Pouvez-vous m'écrire de quoi il s'agit ?"
    ),
    connecting_call="Je vous passe un collègue. Restez en ligne, s'il vous plaît.",
    connecting_chat="Je vous passe un collègue. Il vous écrira ici.",
    called_off="Très bien, c'est annulé. Je suis de nouveau là : comment puis-je vous aider ?",
    still_waiting=(
        "Je suis désolé, je n'ai pas pu annuler. Un collègue vous écrira peut-être encore ici."
    ),
    absence=AbsencePhrases(
        opens="Malheureusement, l'équipe n'est pas là ; elle revient {opens}.",
        closed="Malheureusement, l'équipe n'est pas là pour le moment.",
        nobody="Malheureusement, aucun collègue n'est disponible pour le moment.",
        busy="Malheureusement, tous les collègues sont occupés pour le moment.",
        offer="Voulez-vous que je {offers} ?",
        offers={
            "callback": "vous fasse rappeler",
            "ticket": "transmette votre demande à l'équipe",
            "wait": "vous mette quand même en file d'attente",
        },
        between=" ou que je ",
        no_offer="Je reste là pour vous aider.",
    ),
    sorry=(
        "Je suis désolé, je n'ai pas pu joindre de collègue pour le moment. Je reste là pour vous "
        "aider ; vous pouvez redemander une personne à tout moment."
    ),
    unsure=(
        "Je suis désolé, je ne sais pas si un collègue a pris le relais. Je reste là ; redemandez "
        "une personne si personne ne vous écrit dans les prochaines minutes."
    ),
    here_again=(
        "Aucun collègue n'a pu prendre le relais, je suis donc de nouveau là pour vous aider. Vous "
        "pouvez redemander une personne à tout moment."
    ),
    after_all="Un collègue peut finalement prendre le relais. Il vous écrira ici.",
    callback=(
        "Je suis désolé, je n'ai pas pu joindre de collègue pour le moment. Un collègue vous "
        "rappellera. D'ici là, je reste là pour vous aider."
    ),
    callback_goodbye=(
        "Je suis désolé, nous ne pouvons pas vous passer quelqu'un pour le moment. Un collègue "
        "vous rappellera. Au revoir."
    ),
    ticket=(
        "Je suis désolé, je n'ai pas pu joindre de collègue pour le moment. J'ai transmis votre "
        "demande à l'équipe. D'ici sa réponse, je reste là pour vous aider."
    ),
    ticket_goodbye=(
        "Je suis désolé, nous ne pouvons pas vous passer quelqu'un pour le moment. J'ai transmis "
        "votre demande à l'équipe. Au revoir."
    ),
    cut_off=(
        "Je suis désolé, nous avons été coupés. Je suis de nouveau là : continuez, je vous en prie."
    ),
    agent_unavailable=(
        "Je suis désolé, notre agent virtuel n'est pas disponible pour le moment. Je vous passe "
        "quelqu'un. Restez en ligne, s'il vous plaît."
    ),
    nobody_there=(
        "Je suis désolé, nous ne pouvons pas vous passer quelqu'un pour le moment. Rappelez-nous "
        "dans quelques minutes. Au revoir."
    ),
)
