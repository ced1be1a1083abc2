"""Spanish."""

from __future__ import annotations

from agent.phrases.phrases import AbsencePhrases, Calendar, Phrases

SPANISH = Phrases(
    language="es-ES",
    calendar=Calendar(
        weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
        months=(
            *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio"),
            *("agosto", "septiembre", "octubre", "noviembre", "diciembre"),
        ),
        today="hoy a las {clock}",
        tomorrow="mañana a las {clock}",
        this_week="el {weekday} a las {clock}",
        later="el {weekday} {day} de {month} a las {clock}",
    ),
    fillers=(
        "Un momento, por favor.",
        "Déjeme ver.",
        "Lo estoy mirando.",
        "Solo un segundo.",
    ),
    still_there="¿Sigue usted ahí?",
    goodbye_after_silence="No le oigo, así que voy a colgar. Vuelva a llamarnos. Adiós.",
    time_is_short="Nos queda poco tiempo de llamada.",
    goodbye_at_limit="Tengo que terminar la llamada. Vuelva a llamarnos. Adiós.",
    apology="Lo siento, ahora mismo me cuesta responder. ¿Puede repetirlo, por favor?",
    apology_after_words="Lo siento, he perdido el hilo. ¿Puede repetirlo, por favor?",
    trouble="Lo siento, sigo sin poder responderle bien.",
    taken_back=(
        "Lo siento, me he precipitado: ahora mismo no puedo ponerle con un compañero. Sigo aquí "
        "para ayudarle."
    ),
    only_text="Lo siento, solo puedo leer texto. ¿Puede escribirme de qué se trata, por favor?",
    connecting_call="Le paso ahora con un compañero. No cuelgue, por favor.",
    connecting_chat="Le paso ahora con un compañero. Le escribirá aquí.",
    called_off="De acuerdo, lo he cancelado. Estoy aquí de nuevo: ¿en qué puedo ayudarle?",
    still_waiting=(
        "Lo siento, no he podido cancelarlo. Es posible que un compañero le escriba aquí."
    ),
    absence=AbsencePhrases(
        opens="Lamentablemente el equipo no está; vuelve {opens}.",
        closed="Lamentablemente el equipo no está en este momento.",
        nobody="Lamentablemente no hay ningún compañero disponible en este momento.",
        busy="Lamentablemente todos los compañeros están ocupados en este momento.",
        offer="¿Quiere que {offers}?",
        offers={
            "callback": "le devolvamos la llamada",
            "ticket": "pase su petición al equipo",
            "wait": "le ponga en la cola de espera",
        },
        between=", o que ",
        no_offer="Sigo aquí para ayudarle.",
    ),
    sorry=(
        "Lo siento, ahora mismo no he podido localizar a ningún compañero. Sigo aquí para "
        "ayudarle; puede volver a pedir una persona cuando quiera."
    ),
    unsure=(
        "Lo siento, no he podido confirmar si le atiende un compañero. Sigo aquí; vuelva a pedir "
        "una persona si nadie le escribe en los próximos minutos."
    ),
    here_again=(
        "Ningún compañero ha podido atenderle, así que estoy aquí de nuevo para ayudarle. Puede "
        "volver a pedir una persona cuando quiera."
    ),
    after_all="Al final sí puede atenderle un compañero. Le escribirá aquí.",
    callback=(
        "Lo siento, ahora mismo no he podido localizar a ningún compañero. Un compañero le "
        "devolverá la llamada. Mientras tanto sigo aquí para ayudarle."
    ),
    callback_goodbye=(
        "Lo siento, ahora mismo no podemos ponerle con una persona. Un compañero le devolverá la "
        "llamada. Adiós."
    ),
    ticket=(
        "Lo siento, ahora mismo no he podido localizar a ningún compañero. He pasado su consulta "
        "al equipo. Hasta que respondan sigo aquí para ayudarle."
    ),
    ticket_goodbye=(
        "Lo siento, ahora mismo no podemos ponerle con una persona. He pasado su consulta al "
        "equipo. Adiós."
    ),
    cut_off="Lo siento, se ha cortado. Ya estoy aquí de nuevo: siga, por favor.",
    agent_unavailable=(
        "Lo siento, nuestro agente virtual no está disponible ahora mismo. Le paso con una "
        "persona. No cuelgue, por favor."
    ),
    nobody_there=(
        "Lo siento, ahora mismo no podemos ponerle con una persona. Vuelva a llamarnos dentro de "
        "unos minutos. Adiós."
    ),
)
