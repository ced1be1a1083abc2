"""What the demo model says, in English and in Spanish: short, spoken, plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Phrases:
    """One language. A phrase that admits a failure begins with `failure`."""

    failure: str
    greeting: str
    anything_else: str
    goodbye: str
    how_can_i_help: str
    what_i_am: str
    abilities: str
    ask_order_number: str
    ask_refund: str
    connecting: str
    handoff_failed: str
    nobody_there: str
    offer: str
    alternatively: str
    offers: dict[str, str]
    arranged: dict[str, str]
    no_colleague: str
    do_not_know: str
    cannot_change_order: str
    no_such_order: str
    tool_failed: str
    nothing_remembered: str
    refund_how: str
    found: str
    order: dict[str, str]


ENGLISH: Final = Phrases(
    failure="Sorry, I",
    greeting="Hello, this is the virtual assistant of Acme Outfitters. How can I help you?",
    anything_else="You are welcome. Is there anything else I can do for you?",
    goodbye="Thank you for contacting Acme Outfitters. Goodbye.",
    how_can_i_help="I am listening. What can I do for you?",
    what_i_am="I am a virtual assistant, not a person. Shall I connect you with a colleague?",
    abilities=(
        "I can answer questions about our shop, look up your order, "
        "or connect you with a colleague. What would you like?"
    ),
    ask_order_number="Can you tell me the order number, please? It has four digits.",
    ask_refund="Can you tell me the order number or the amount of the refund, please?",
    connecting="I am connecting you with a colleague now. They can see what we talked about.",
    handoff_failed=(
        "I could not connect you with a colleague just now. "
        "I am still here: shall I go on helping you, or try again in a moment?"
    ),
    nobody_there="I am sorry: {why}.",
    offer="Shall I {offers}?",
    alternatively=", or ",
    offers={
        "callback": "have a colleague call you back",
        "ticket": "pass your request on to the team",
        "wait": "put you in the queue all the same",
    },
    arranged={
        "callback": "A colleague will call you back. Is there anything else I can do for you?",
        "ticket": "The team has your request now. Is there anything else I can do for you?",
        "number": "On which number can we call you, please? Say it with its country code.",
        "unsure": "I have passed that on, but I cannot confirm it yet. I am still here.",
    },
    no_colleague="I cannot connect you with a colleague from here. I am glad to go on helping you.",
    do_not_know=(
        "Sorry, I don't know that. Can you say it in another way, "
        "or shall I connect you with a colleague?"
    ),
    cannot_change_order=(
        "Sorry, I cannot change or cancel orders. Shall I connect you with a colleague?"
    ),
    no_such_order="Sorry, I don't find an order {number}. Can you check the number, please?",
    tool_failed=(
        "Sorry, I cannot look that up right now. Can I help with something else, "
        "or shall I connect you with a colleague?"
    ),
    nothing_remembered="I have no notes from earlier conversations with you.",
    refund_how=(
        "Send the item back with the return label from your order page. "
        "The money is back on your card within five business days after we receive it."
    ),
    found="{text}",
    order={
        "processing": "Order {number}, {items}, is being packed. We expect it to arrive on {date}.",
        "shipped": (
            "Order {number}, {items}, is on its way with {carrier}. "
            "We expect it to arrive on {date}."
        ),
        "out_for_delivery": "Order {number}, {items}, is out for delivery today with {carrier}.",
        "delayed": "Order {number}, {items}, is delayed. We now expect it to arrive on {date}.",
        "delivered": "Order {number}, {items}, was delivered by {carrier}.",
        "cancelled": "Order {number}, {items}, was cancelled and nothing was charged.",
        "returned": "Order {number}, {items}, came back to us and was refunded.",
    },
)

SPANISH: Final = Phrases(
    failure="Lo siento, no",
    greeting="Hola, soy el asistente virtual de Acme Outfitters. ¿En qué puedo ayudarle?",
    anything_else="De nada. ¿Puedo hacer algo más por usted?",
    goodbye="Gracias por contactar con Acme Outfitters. Hasta luego.",
    how_can_i_help="Le escucho. ¿Qué puedo hacer por usted?",
    what_i_am="Soy un asistente virtual, no una persona. Si quiere, le paso con un compañero.",
    abilities=(
        "Puedo responder preguntas sobre la tienda, consultar su pedido "
        "o pasarle con un compañero. ¿Qué desea?"
    ),
    ask_order_number="¿Me dice el número de pedido, por favor? Tiene cuatro cifras.",
    ask_refund="¿Me dice el número de pedido o el importe del reembolso, por favor?",
    connecting="Le paso ahora con un compañero. Verá lo que hemos hablado.",
    handoff_failed=(
        "No he podido pasarle con un compañero en este momento. "
        "Sigo aquí: ¿continúo ayudándole o lo intento otra vez en un momento?"
    ),
    nobody_there="Lo siento, ahora no hay nadie disponible ({why}).",
    offer="¿Quiere que {offers}?",
    alternatively=", o que ",
    offers={
        "callback": "le devolvamos la llamada",
        "ticket": "pase su petición al equipo",
        "wait": "le ponga en la cola de espera",
    },
    arranged={
        "callback": "Un compañero le devolverá la llamada. ¿Puedo hacer algo más por usted?",
        "ticket": "El equipo ya tiene su petición. ¿Puedo hacer algo más por usted?",
        "number": "¿A qué número podemos llamarle? Dígalo con el prefijo del país, por favor.",
        "unsure": "Lo he comunicado, pero aún no puedo confirmarlo. Sigo aquí para ayudarle.",
    },
    no_colleague="No puedo pasarle con un compañero desde aquí. Con gusto sigo ayudándole.",
    do_not_know="Lo siento, no lo sé. ¿Puede decirlo de otra manera, o le paso con un compañero?",
    cannot_change_order="Lo siento, no puedo cambiar pedidos. ¿Le paso con un compañero?",
    no_such_order="Lo siento, no encuentro el pedido {number}. ¿Puede comprobar el número?",
    tool_failed=(
        "Lo siento, no puedo consultarlo ahora. ¿Puedo ayudarle con otra cosa, "
        "o le paso con un compañero?"
    ),
    nothing_remembered="No tengo notas de conversaciones anteriores con usted.",
    refund_how=(
        "Envíenos el artículo con la etiqueta de devolución de la página de su pedido. "
        "El dinero vuelve a su tarjeta en cinco días laborables desde que lo recibimos."
    ),
    found="Lo encontré en inglés: {text}",
    order={
        "processing": "El pedido {number} se está preparando. Esperamos que llegue el {fecha}.",
        "shipped": "El pedido {number} está en camino con {carrier}. Llega el {fecha}.",
        "out_for_delivery": "El pedido {number} está hoy en reparto con {carrier}.",
        "delayed": "El pedido {number} va con retraso. Ahora esperamos que llegue el {fecha}.",
        "delivered": "El pedido {number} fue entregado por {carrier}.",
        "cancelled": "El pedido {number} fue cancelado y no se cobró nada.",
        "returned": "El pedido {number} nos fue devuelto y se reembolsó.",
    },
)


def admits_failure(text: str) -> bool:
    return text.startswith((ENGLISH.failure, SPANISH.failure))
