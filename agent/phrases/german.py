"""German."""

from __future__ import annotations

from agent.phrases.phrases import AbsencePhrases, Calendar, Phrases

GERMAN = Phrases(
    language="de-DE",
    calendar=Calendar(
        weekdays=(
            *("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
        ),
        months=(
            *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli"),
            *("August", "September", "Oktober", "November", "Dezember"),
        ),
        today="heute um {clock} Uhr",
        tomorrow="morgen um {clock} Uhr",
        this_week="am {weekday} um {clock} Uhr",
        later="am {weekday}, dem {day}. {month}, um {clock} Uhr",
    ),
    fillers=(
        "Einen Moment bitte.",
        "Ich schaue kurz nach.",
        "Das dauert einen Augenblick.",
        "Ich bin gleich so weit.",
    ),
    still_there="Sind Sie noch da?",
    goodbye_after_silence=(
        "Ich kann Sie nicht hören und lege jetzt auf. Rufen Sie gern wieder an. Auf Wiederhören."
    ),
    time_is_short="Für dieses Gespräch haben wir nur noch wenig Zeit.",
    goodbye_at_limit=(
        "Ich muss das Gespräch jetzt beenden. Rufen Sie gern wieder an. Auf Wiederhören."
    ),
    apology=(
        "Es tut mir leid, ich kann gerade nicht richtig antworten. Sagen Sie das bitte noch einmal?"
    ),
    apology_after_words=(
        "Es tut mir leid, ich habe den Faden verloren. Sagen Sie das bitte noch einmal?"
    ),
    trouble="Es tut mir leid, ich kann Ihnen weiterhin nicht richtig antworten.",
    taken_back=(
        "Es tut mir leid, das war voreilig: Ich kann Sie gerade nicht mit einem Kollegen "
        "verbinden. Ich bin weiter für Sie da."
    ),
    only_text="Es tut mir leid, ich kann nur Text lesen. Schreiben Sie mir bitte, worum es geht?",
    connecting_call="Ich verbinde Sie jetzt mit einem Kollegen. Bitte bleiben Sie in der Leitung.",
    connecting_chat="Ich verbinde Sie jetzt mit einem Kollegen. Er schreibt Ihnen hier.",
    called_off="Gut, das ist abgesagt. Ich bin wieder für Sie da: Wie kann ich Ihnen helfen?",
    still_waiting=(
        "Es tut mir leid, ich konnte das gerade nicht absagen. Vielleicht schreibt Ihnen hier noch "
        "ein Kollege."
    ),
    absence=AbsencePhrases(
        opens="Leider ist das Team erst {opens} wieder da.",
        closed="Leider ist das Team gerade nicht da.",
        nobody="Leider ist gerade kein Kollege da.",
        busy="Leider sind gerade alle Kollegen im Gespräch.",
        offer="Soll ich {offers}?",
        offers={
            "callback": "einen Rückruf veranlassen",
            "ticket": "Ihr Anliegen an das Team weitergeben",
            "wait": "Sie trotzdem in die Warteschlange stellen",
        },
        between=" oder ",
        no_offer="Ich bin weiter für Sie da.",
    ),
    sorry=(
        "Es tut mir leid, ich konnte gerade keinen Kollegen erreichen. Ich bin weiter für Sie da; "
        "Sie können jederzeit wieder nach einem Menschen fragen."
    ),
    unsure=(
        "Es tut mir leid, ich weiß nicht sicher, ob ein Kollege übernommen hat. Ich bin weiter "
        "da; fragen Sie bitte noch einmal, wenn sich in den nächsten Minuten niemand meldet."
    ),
    here_again=(
        "Kein Kollege konnte übernehmen, darum bin ich wieder für Sie da. Sie können jederzeit "
        "wieder nach einem Menschen fragen."
    ),
    after_all="Nun kann doch ein Kollege übernehmen. Er schreibt Ihnen hier.",
    callback=(
        "Es tut mir leid, ich konnte gerade keinen Kollegen erreichen. Ein Kollege ruft Sie "
        "zurück. Bis dahin bin ich weiter für Sie da."
    ),
    callback_goodbye=(
        "Es tut mir leid, wir können Sie gerade nicht verbinden. Ein Kollege ruft Sie zurück. "
        "Auf Wiederhören."
    ),
    ticket=(
        "Es tut mir leid, ich konnte gerade keinen Kollegen erreichen. Ich habe Ihr Anliegen "
        "weitergegeben. Bis zur Antwort bin ich weiter für Sie da."
    ),
    ticket_goodbye=(
        "Es tut mir leid, wir können Sie gerade nicht verbinden. Ich habe Ihr Anliegen "
        "weitergegeben. Auf Wiederhören."
    ),
    cut_off=(
        "Es tut mir leid, wir wurden unterbrochen. Ich bin wieder da: Bitte sprechen Sie weiter."
    ),
    agent_unavailable=(
        "Es tut mir leid, unser virtueller Assistent ist gerade nicht erreichbar. Ich verbinde Sie "
        "mit einem Menschen. Bitte bleiben Sie in der Leitung."
    ),
    nobody_there=(
        "Es tut mir leid, wir können Sie gerade nicht verbinden. Bitte rufen Sie in ein paar "
        "Minuten wieder an. Auf Wiederhören."
    ),
)
