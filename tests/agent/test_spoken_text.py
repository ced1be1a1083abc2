"""Spoken text: clean, in pieces that end at words, however the model cuts its tokens."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.spoken_text import PHRASE, SpokenText

SIGNS = 'ab1 .,-*_`~#|[]()<>\\/:;?=&"\n\t✅🙂\u200dwhtps'
MARKS = [*SIGNS, "<a ", "href=", "&amp;", "[1]", "tel:+", "mailto:", ".com/", ":-)", "好", "\u3002"]
MARKED = st.lists(st.sampled_from(MARKS), max_size=60).map("".join)
WORDS = st.text(st.sampled_from("abcdeéß12 .,!?:;'-€%°\n"), max_size=200)
CUTS = st.lists(st.integers(min_value=0, max_value=200), max_size=40)


def pieces_of(text: str, cuts: Iterable[int] = (), late: Iterable[int] = ()) -> list[str]:
    """The pieces of `text` cut into tokens at `cuts`, those that end at `late` being late."""
    spoken, waiting = SpokenText(), set(late)
    ends = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = []
    for start, end in pairwise(ends):
        pieces.append(spoken.feed(text[start:end]))
        if end in waiting:
            pieces.append(spoken.hasten())
    return [piece for piece in [*pieces, spoken.flush()] if piece]


def speak(text: str) -> str:
    return "".join(pieces_of(text))


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        pytest.param("It is **open** until *six*.", "It is open until six.", id="emphasis"),
        pytest.param("__Note:__ use `code` and ~~old~~", "Note: use code and old", id="marks"),
        pytest.param("**Note:**then", "Note:then", id="mark in a word"),
        pytest.param(
            "size_chart and 3*4, 3 * 4", "size_chart and 3\u00d74, 3 \u00d7 4", id="no emphasis"
        ),
        pytest.param("# Hours\n\nMonday", "Hours. Monday", id="heading"),
        pytest.param("##Hours\nMonday", "Hours. Monday", id="heading without space"),
        pytest.param("You can:\n- walk\n* ride!\n• run", "You can: walk. ride! run", id="list"),
        pytest.param("1. Walk\n2. Ride", "1. Walk. 2. Ride", id="numbered list"),
        pytest.param("- [ ] pack\n- [x] go", "pack. go", id="tasks"),
        pytest.param("> said\n---\nEnd", "said. End", id="quotation and rule"),
        pytest.param("|Mo|10|\n|--|--|\n| Tu | 11 |", "Mo 10. Tu 11", id="table"),
        pytest.param("```python\nx = 1\n```", "x = 1", id="code"),
        pytest.param("Done ✅ 🎉 thanks 👩🏽‍🚀!", "Done thanks", id="emoji alone"),
        pytest.param("Done✅! Yes👍🏽", "Done! Yes", id="emoji at a word"),
        pytest.param("1️⃣ first ❤️ 20 °C", "1 first 20 °C", id="keycap"),
        pytest.param("See https://www.acme.example/a/b?c=d#e.", "See acme.example.", id="address"),
        pytest.param("(http://acme.example:8080/x), ok", "(acme.example), ok", id="in brackets"),
        pytest.param("www.acme.example and acme.example/returns", "acme.example and acme.example"),
        pytest.param("<https://acme.example/x>", "acme.example", id="address in marks"),
        pytest.param("See [our store page](https://acme.example/x)!", "See our store page!"),
        pytest.param("![map](https://acme.example/m.png) here", "map here", id="picture"),
        pytest.param("open 24/7 and/or by mail: a_b@acme.example", None, id="no address"),
        pytest.param("Up<br>down <b>now</b> a < b", "Up down now a < b", id="tags"),
        pytest.param("Order #1042 is 20% off - now \u2013 5 €", None, id="plain signs"),
        pytest.param(
            'See <a href="https://acme.example/x" title="our pages">our page</a>, <br /> then\n<p\n'
            'style="color: red">call</p>',
            "See our page, then. call",
            id="tags with attributes",
        ),
        pytest.param("if a <p and b", "if a and b", id="a tag that is none"),
        pytest.param(
            "Tom &amp; Ana&#39;s &lt; 3 &nbsp; P&amp;O", "Tom & Ana's < 3 P&O", id="entities"
        ),
        pytest.param(
            "acme.example?utm=chat&x=1. Is it acme.example?", "acme.example. Is it acme.example?"
        ),
        pytest.param(
            "ftp://acme.example/x mailto:a@acme.example tel:+15550100002",
            "acme.example a@acme.example +15550100002",
        ),
        pytest.param("30 days[1].[^2] Press [1]", "30 days. Press 1", id="footnotes"),
        pytest.param(
            "Great :-) really ;) red • blue•green", "Great really red blue green", id="emoticons"
        ),
        pytest.param("said\\*\n", "said", id="escaped"),
        pytest.param("  \n ", "", id="blank"),
        pytest.param("...", None, id="dots"),
    ],
)
def test_spoken_form(written: str, spoken: str | None) -> None:
    assert speak(written) == (written if spoken is None else spoken)


@given(MARKED, CUTS, CUTS)
def test_cuts_change_nothing(text: str, cuts: list[int], late: list[int]) -> None:
    assert "".join(pieces_of(text, cuts, late)) == speak(text)


@given(MARKED, CUTS)
def test_pieces_end_at_words(text: str, cuts: list[int]) -> None:
    pieces = pieces_of(text, cuts)

    assert all(piece.startswith((" ", ". ")) for piece in pieces[1:])
    assert len(pieces) <= len(cuts) + 2


@given(WORDS, CUTS, CUTS)
def test_nothing_is_lost(text: str, cuts: list[int], late: list[int]) -> None:
    spoken = "".join(pieces_of(text, cuts, late))

    assert [sign for sign in spoken if sign.isalnum()] == [sign for sign in text if sign.isalnum()]


def test_text_without_blanks_goes_out_by_clauses() -> None:
    clauses = ["您好\uff0c", "我们明天九点开门\u3002", "还有什么问题吗\uff1f"]
    pieces = pieces_of("".join(clauses), cuts=range(0, 40, 2), late=[2])

    assert [piece.strip() for piece in pieces] == ["您好", *("\uff0c", *clauses[1:])]


def test_first_word_at_once_then_phrases() -> None:
    text = " ".join(["word"] * 100)
    pieces = pieces_of(text, cuts=range(0, len(text), 2))

    assert pieces[0] == "word"
    assert all(PHRASE <= len(piece) < PHRASE + 6 for piece in pieces[1:-1])


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Your order is on its w", "Your order is on its"),
        ("Your order is on its way.", "Your order is on its way."),
    ],
)
def test_word_cut_in_two_is_not_spoken(text: str, spoken: str) -> None:
    words = SpokenText()

    assert words.feed(text) + words.break_off() == spoken


def test_texts_of_one_reply_are_parted() -> None:
    spoken = SpokenText()
    pieces = [spoken.feed("One moment."), spoken.flush(), spoken.feed("It"), spoken.hasten()]

    assert "".join([*pieces, spoken.feed("'s here"), spoken.flush()]) == "One moment. It's here"
