"""The rules of the demo model.

This is no language model. It is a short list of rules, tried from top to bottom on what a model
would be given (instructions, the conversation, the tools on offer) until one has a reply: words
to say or a tool to call. It understands what its patterns name, in English and a little Spanish,
and admits everything else. That is enough to show how the agent talks, uses its tools and hands
over to a human, every time in the same way, with no key and no network.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from getting_started.demo_model import findings, meanings, offers, summary
from getting_started.demo_model.conversation import Conversation
from getting_started.demo_model.phrases import admits_failure
from getting_started.demo_model.reply import Reply, Speech, ToolCall

Rule = Callable[[Conversation], Reply | None]

REFUND_LIMIT: Final = 100
"""A refund above this is for a human to grant."""


def decide(conversation: Conversation) -> Reply:
    """The reply of the first rule that has one."""
    for rule in RULES:
        if reply := rule(conversation):
            return reply
    return Speech(conversation.phrases.do_not_know)


def summarise(conversation: Conversation) -> Reply | None:
    """Told to `Summarize`, without tools: gives the conversation's own words, shortened."""
    if conversation.request.tools or "Summarize" not in (conversation.request.instructions or ""):
        return None
    return Speech(summary.of_transcript(conversation))


def report_handoff(conversation: Conversation) -> Reply | None:
    """After the tool `handoff`: says goodbye, what there is instead, or that it failed."""
    output = conversation.result_of("handoff")
    return None if output is None else Speech(offers.say_outcome(conversation, output))


def report_order(conversation: Conversation) -> Reply | None:
    """After `lookup_order`: words the order; a refund above the limit goes to a human."""
    output = conversation.result_of("lookup_order")
    if output is None:
        return None
    order = findings.order_in(output)
    if order is None:
        return _fail_to_find_order(conversation, output)
    if meanings.REFUND.search(conversation.wish):
        return _settle_refund(conversation, float(order.get("total") or 0))
    template = conversation.phrases.order.get(str(order["status"]))
    if template is None:
        return _fail(conversation, conversation.phrases.do_not_know)
    return Speech(template.format(**findings.order_facts(order)))


def report_knowledge(conversation: Conversation) -> Reply | None:
    """After `search_knowledge`: says the best sentences, or that it does not know."""
    output = conversation.result_of("search_knowledge")
    if output is None:
        return None
    if findings.says_it_failed(output) and findings.order_in(output) is None:
        return _fail(conversation, conversation.phrases.tool_failed)
    answer = findings.best_sentences(conversation.wish, output)
    if answer is None:
        return _fail(conversation, conversation.phrases.do_not_know)
    return Speech(conversation.phrases.found.format(text=answer))


def report_memory(conversation: Conversation) -> Reply | None:
    """After `recall_memory`: says the beginning of what it brought, or that there is nothing."""
    output = conversation.result_of("recall_memory")
    if output is None:
        return None
    return Speech(findings.first_sentences(output) or conversation.phrases.nothing_remembered)


def report_danger(conversation: Conversation) -> Reply | None:
    """Something unsafe: hands over at once, urgently."""
    if not meanings.DANGER.search(conversation.words):
        return None
    return _hand_over(conversation, "safety", "The customer reports something unsafe", "high")


def say_what_it_is(conversation: Conversation) -> Reply | None:
    """Asked whether it is human, or what it can do: says so."""
    if meanings.ARE_YOU_HUMAN.search(conversation.words):
        return Speech(conversation.phrases.what_i_am)
    if meanings.ABILITIES.search(conversation.words):
        return Speech(conversation.phrases.abilities)
    return None


def bring_human(conversation: Conversation) -> Reply | None:
    """Asked for a person, or its offer of one accepted: hands over."""
    words = conversation.words
    offered = meanings.YES.search(words) and _has_offered_colleague(conversation)
    asked = meanings.HUMAN.search(words) and not meanings.NO_HUMAN.search(words)
    if not (asked or offered):
        return None
    return _hand_over(conversation, "customer_request", "The customer asks for a person")


def arrange_instead(conversation: Conversation) -> Reply | None:
    """Chooses to be called back, to have the request passed on, or to wait: has it done."""
    choice = offers.find_choice(conversation)
    if not choice:
        return None
    because = "The customer asked for a person, and nobody was there"
    return _hand_over(conversation, "customer_request", because, **choice)


def calm_anger(conversation: Conversation) -> Reply | None:
    """Angry words or shouting: hands over as a complaint."""
    words = conversation.words
    if not (meanings.ANGER.search(words) or meanings.is_shouting(words)):
        return None
    return _hand_over(conversation, "complaint", "The customer is upset", "high")


def handle_refund(conversation: Conversation) -> Reply | None:
    """Wants money back: asks how much, looks up the order, explains, or hands over."""
    wish = conversation.wish
    amount = meanings.largest_amount(wish)
    number = conversation.order_number
    named = amount is not None or number is not None
    if not meanings.REFUND.search(wish) or not (named or meanings.REFUND_WISH.search(wish)):
        return None
    if amount is not None:
        return _settle_refund(conversation, amount)
    if number and (call := conversation.call("lookup_order", order_number=number)):
        return call
    return Speech(conversation.phrases.ask_refund)


def refuse_change(conversation: Conversation) -> Reply | None:
    """Wants an order changed or cancelled: says that it cannot, and offers a colleague."""
    if not meanings.CHANGE.search(conversation.words):
        return None
    return _fail(conversation, conversation.phrases.cannot_change_order)


def look_up_order(conversation: Conversation) -> Reply | None:
    """An order number, or a question about an order: looks it up, or asks for the number."""
    number = conversation.order_number
    if number:
        call = conversation.call("lookup_order", order_number=number)
        return call or _fail(conversation, conversation.phrases.tool_failed)
    if meanings.ORDER.search(conversation.words):
        return Speech(conversation.phrases.ask_order_number)
    return None


def remember(conversation: Conversation) -> Reply | None:
    """Asked about earlier times: recalls them, if it may."""
    if not meanings.PAST.search(conversation.words):
        return None
    return conversation.call("recall_memory", query=summary.shorten(conversation.words, 200))


def take_leave(conversation: Conversation) -> Reply | None:
    """Thanks or a goodbye, and nothing else asked: answers in kind."""
    words = conversation.words
    if "?" in words or len(words.split()) > 10:
        return None
    if meanings.GOODBYE.search(words):
        return Speech(conversation.phrases.goodbye)
    if meanings.THANKS.search(words):
        return Speech(conversation.phrases.anything_else)
    return None


def greet(conversation: Conversation) -> Reply | None:
    """Nothing said yet, or only a greeting: greets and asks how to help."""
    words = conversation.words
    rest = findings.topics(meanings.GREETING.sub("", words))
    if words and (rest or not meanings.GREETING.search(words)):
        return None
    return Speech(conversation.phrases.greeting)


def listen_on(conversation: Conversation) -> Reply | None:
    """Words without a topic ("okay", "no"): asks what it can do."""
    words = conversation.words
    is_short = len(words.split()) <= 2
    is_yes_or_no = is_short and (meanings.YES.search(words) or meanings.NO.search(words))
    if findings.topics(words) and not is_yes_or_no:
        return None
    return Speech(conversation.phrases.how_can_i_help)


def search_knowledge(conversation: Conversation) -> Reply | None:
    """Any other question: searches the knowledge pages, if it may."""
    query = summary.shorten(findings.topics(conversation.words), 200)
    return conversation.call("search_knowledge", query=query)


def give_up(conversation: Conversation) -> Reply | None:
    """Nothing else applies: says that it does not know, or hands over the second time."""
    return _fail(conversation, conversation.phrases.do_not_know)


RULES: Final[tuple[Rule, ...]] = (
    summarise,
    report_handoff,
    report_order,
    report_knowledge,
    report_memory,
    report_danger,
    say_what_it_is,
    arrange_instead,
    bring_human,
    calm_anger,
    handle_refund,
    refuse_change,
    look_up_order,
    remember,
    take_leave,
    greet,
    listen_on,
    search_knowledge,
    give_up,
)

_DEPARTMENTS: Final = {
    "customer_request": "support",
    "cannot_resolve": "support",
    "complaint": "support",
    "billing": "billing",
    "technical": "technical",
    "safety": "safety",
}


def _hand_over(
    conversation: Conversation,
    reason_code: str,
    because: str,
    urgency: str | None = None,
    **choice: str,
) -> Reply:
    """Calls `handoff`, or says that it cannot."""
    call = conversation.call(
        "handoff",
        reason=f"{because}: {summary.quote(conversation.wish)}",
        reason_code=reason_code,
        summary=summary.for_colleague(conversation),
        urgency=urgency or meanings.urgency(conversation.words),
        department=_DEPARTMENTS[reason_code],
        **choice,
    )
    return call or Speech(conversation.phrases.no_colleague)


def _settle_refund(conversation: Conversation, amount: float) -> Reply:
    if amount > REFUND_LIMIT:
        because = f"The customer wants a refund of {amount:g}, above {REFUND_LIMIT}"
        return _hand_over(conversation, "billing", because)
    return Speech(conversation.phrases.refund_how)


def _fail(conversation: Conversation, apology: str) -> Reply:
    """Apologises; the second time in a row hands over instead, if it may."""
    if not admits_failure(conversation.last_reply):
        return Speech(apology)
    is_technical = meanings.TECHNICAL.search(conversation.words)
    reason_code = "technical" if is_technical else "cannot_resolve"
    reply = _hand_over(conversation, reason_code, "The assistant could not help twice in a row")
    return reply if isinstance(reply, ToolCall) else Speech(apology)


def _fail_to_find_order(conversation: Conversation, output: str) -> Reply:
    phrases = conversation.phrases
    if findings.says_it_failed(output):
        return _fail(conversation, phrases.tool_failed)
    number = conversation.order_number or ""
    return _fail(conversation, phrases.no_such_order.format(number=number))


def _has_offered_colleague(conversation: Conversation) -> bool:
    return any(
        offer in conversation.last_reply
        for offer in ("connect you with a colleague", "le paso con un compañero")
    )
