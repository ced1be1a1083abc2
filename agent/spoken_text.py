"""A reply as it is spoken: without what only reads well, in pieces that end at words.

ConversationRelay speaks what it is sent, marks and all
(https://www.twilio.com/docs/voice/conversationrelay/websocket-messages).
"""

from __future__ import annotations

import re
from html import unescape
from typing import Protocol

FIRST_WORD_SECONDS = 0.001
"""How long the first word of a reply waits for its end."""
PHRASE = 32
"""From so many characters on, a piece ends at the next word; a sentence ends it before."""

_WIDE_ENDS = "\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f"
"""Of what is written without blanks, as Chinese and Japanese are."""
_WORD = re.compile(r"(\s*)(\S+)(?=\s)")
_WIDE_WORD = re.compile(rf"(\s*)(\S*?[{_WIDE_ENDS}]|\S+(?=\s))")
_LINE_MARK = re.compile(r"[-+*•·‣◦\u2013\u2014>#|=_~:]+|\[[xX]?\]|```\S*")
_EMOJI = (
    r"[\u203c\u2049\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d"
    r"\ufe00-\ufe0f\u200d\u20e3\U0001f000-\U0001fbff\U000e0000-\U000e007f]"
)
_ENDS = r"(?=[.,;:!?)\"'”»]*$)"
_EMOTICON = r"[:;=]-?[)(DP]+"
_UNSPEAKABLE = re.compile(
    rf"[*_`~#|\[\]<\\/【•]|www\.|mailto:|tel:|\?\w|&#?\w+;|{_EMOTICON}|{_EMOJI}", re.IGNORECASE
)
_TAG_BEGIN = re.compile(r"<(?:a|img|span|div|p|font|table|t[dhr]|[uo]l|li|br|hr|h[1-6])$", re.I)
LONGEST_TAG = 500
_REWRITES = [
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in [
        (rf"{_EMOJI}|^{_EMOTICON}$", ""),
        (r"(?-i:(?<!\w)(?:mailto:|tel:(?=\+)))", ""),
        (r"(?<=[\w.,;!?)\"'”»])\[\^?\d+\]|\[\^\d+\]", ""),  # of a footnote
        (r"【[^】]*】?|^!\[|\[", ""),
        (r"\](\([^)]*\)?|\[[^\]]*\]?)?", ""),  # where a link leads
        (r"<br/?>", " "),
        (r"</?[a-z]+[1-6]?/?>", ""),
        (r"<((https?://|www\.)[^<>]*)>", r"\1"),
        (rf"(?:(?:https?|ftp)://(?:www\.)?|www\.)([\w.-]*\w)(?::\d+)?(?:[/?#]\S*?)?{_ENDS}", r"\1"),
        (rf"(?<![\w@/.-])((?:[\w-]+\.)+[a-z]{{2,}})(?:/|\?(?=\w))\S*?{_ENDS}", r"\1"),
        (r"\\(?=[^\w\s])", ""),
        (r"(?<=\d)\*(?=\d)|^\*$", "\u00d7"),
        (r"[*`]|~~|^#{2,}|(?<!\w)_+|_+(?!\w)", ""),
        (r"\|+|•+", " "),
    ]
]
ADDRESS_STARTS = ("https", "www", "ftp", "mailto", "tel")
SENTENCE_ENDS = (".", "!", "?", "…", ":", ";", *_WIDE_ENDS)
CLOSING = ")\"'”»%"
SPEAKABLE_SIGNS = ("\u00d7", "<", ">", "&")


class Wording(Protocol):
    """What a channel makes of the model's tokens."""

    def feed(self, token: str) -> str:
        """The next piece of the reply; empty while there is none."""

    def hasten(self) -> str:
        """What can go out although the next token is late."""

    def flush(self) -> str:
        """What is left at the end of a text."""

    def break_off(self) -> str:
        """What is left of a text that has no end."""

    def insert(self, text: str) -> str:
        """`text` of ours as it goes between the model's words."""

    @property
    def is_waiting(self) -> bool:
        """Whether somebody waits for the first word of a text."""

    @property
    def patience(self) -> float | None:
        """How long to wait for the next token before `hasten`, in seconds; None: for ever."""


class SpokenText:
    """Words for the ear. What is spoken does not depend on where the tokens were cut.

    The first word goes out as soon as it can, the rest in phrases. Markdown, emoji and HTML tags
    are left out; of a web address the host is spoken; a line ends as a sentence does.
    """

    def __init__(self) -> None:
        self._raw = ""
        self._ready = ""
        self._hastened = ""
        self._last = ""
        self._tag = ""
        self._is_first = True
        self._is_at_line_start = True
        self._has_line_ended = False

    @property
    def patience(self) -> float | None:
        return FIRST_WORD_SECONDS if self._may_hasten() else None

    @property
    def is_waiting(self) -> bool:
        return self._is_first

    def feed(self, token: str) -> str:
        self._take(token)
        is_due = self._is_first or len(self._ready) >= PHRASE or self._ready.endswith(SENTENCE_ENDS)
        return self._release() if is_due else ""

    def hasten(self) -> str:
        """The first word as far as it has come, where nothing that may follow changes it."""
        if not self._may_hasten():
            return ""
        self._raw = self._raw.lstrip()
        self._hastened = self._raw
        self._ready = self._space() + self._raw
        return self._release()

    def flush(self) -> str:
        self._take(" ")
        return self._end()

    def break_off(self) -> str:
        """Without a word that was cut in two."""
        if not self._raw[-1:].isalnum():
            self._take(" ")
        return self._end()

    def insert(self, text: str) -> str:
        piece = self._space() + text
        self._last = text[-1]
        return piece

    def _end(self) -> str:
        """What is ready; a text that follows is spoken as words of the same reply."""
        piece = self._release()
        self._raw, self._hastened, self._tag, self._is_first = " ", "", "", True
        return piece

    def _release(self) -> str:
        piece, self._ready = self._ready, ""
        if piece:
            self._last, self._is_first = piece[-1], False
        return piece

    def _may_hasten(self) -> bool:
        word = self._raw.lstrip(" ").lower()
        is_open = any(start.startswith(word) for start in ADDRESS_STARTS)
        return self._is_first and word.isalpha() and not (is_open or self._tag)

    def _take(self, token: str) -> None:
        """Make the words ready that are whole now."""
        self._raw += token
        end = 0
        words = _WORD if self._raw.isascii() else _WIDE_WORD
        for match in words.finditer(self._raw):
            self._add(*match.groups())
            end = match.end()
        self._raw = self._raw[end:]

    def _add(self, space: str, word: str) -> None:
        if "\n" in space:
            self._is_at_line_start = self._has_line_ended = True
        if self._is_at_line_start and _LINE_MARK.fullmatch(word):
            return
        spoken = to_spoken(self._outside_of_tag(word))
        if not spoken:
            return
        self._ready += spoken[len(self._hastened) :] if self._hastened else self._space() + spoken
        self._hastened = ""
        self._is_at_line_start = self._has_line_ended = False

    def _outside_of_tag(self, word: str) -> str:
        """The word without what belongs to an HTML tag with attributes, which is several words."""
        if self._tag:
            is_inside = self._tag.count('"') % 2 or "=" in word or ">" in word
            self._tag = f"{self._tag} {word}" if is_inside else ""
            if is_inside and ">" not in word and len(self._tag) < LONGEST_TAG:
                return ""
            word = word.partition(">")[2] if is_inside else word
            self._tag = ""
        if begin := _TAG_BEGIN.search(word):
            self._tag = begin[0]
            return word[: begin.start()]
        return word

    def _space(self) -> str:
        """What parts the next word from what was said before it."""
        last = self._ready[-1:] or self._last
        if not last:
            return ""
        return ". " if self._has_line_ended and (last.isalnum() or last in CLOSING) else " "


class WrittenText:
    """Words for the eye: as the model writes them."""

    is_waiting = False
    patience: float | None = None

    def __init__(self) -> None:
        self._last = ""

    def feed(self, token: str) -> str:
        self._last = token[-1:] or self._last
        return token

    def hasten(self) -> str:
        return ""

    def flush(self) -> str:
        return ""

    def break_off(self) -> str:
        return ""

    def insert(self, text: str) -> str:
        return f" {text}" if self._last.strip() else text


def to_spoken(word: str) -> str:
    """One word, with what stands around it, as it is spoken; empty when it is not for the ear."""
    if not _UNSPEAKABLE.search(word):
        return word
    for pattern, replacement in _REWRITES:
        word = pattern.sub(replacement, word)
    word = unescape(word).strip()
    return word if any(map(str.isalnum, word)) or word in SPEAKABLE_SIGNS else ""
