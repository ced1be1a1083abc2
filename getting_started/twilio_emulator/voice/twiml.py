"""TwiML read into verbs: https://www.twilio.com/docs/voice/twiml"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urljoin
from xml.etree import ElementTree

import httpx

MAX_BYTES = 64 * 1024
XML_TYPES = {"text/xml", "application/xml", "text/html"}


class TwimlError(Exception):
    """TwiML that cannot be had or run: Twilio's error code, and words."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Verb:
    """An element of a document: verb, noun or parameter."""

    name: str
    attributes: dict[str, str]
    text: str
    children: list[Verb]

    def find(self, name: str) -> Verb | None:
        return next((child for child in self.children if child.name == name), None)


@dataclass(frozen=True)
class Document:
    """The verbs of one answer, and the address it came from."""

    url: str
    verbs: list[Verb]


@dataclass(frozen=True)
class Request:
    """Where the next TwiML is asked for, with what besides the call's own parameters."""

    url: str
    method: str = "POST"
    form: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Inline:
    """TwiML given as text."""

    twiml: str
    base_url: str = ""


Target = Request | Inline


def to_request(
    document: Document, verb: Verb, form: dict[str, str] | None = None, *, name: str = "action"
) -> Request | None:
    """The request that a verb's `action` asks for; None when it has none."""
    url = verb.attributes.get(name)
    if url is None:
        return None
    method = verb.attributes.get("method", "POST").upper()
    return Request(urljoin(document.url, url.strip()), method, form or {})


def read_integer(verb: Verb, name: str, default: int) -> int:
    """A number in an attribute; what is no number counts as not given."""
    text = verb.attributes.get(name, "")
    return int(text) if text.isdecimal() else default


def read_response(response: httpx.Response, url: str) -> Document:
    """The document in an application's answer; raises TwimlError as Twilio would report it."""
    if response.status_code >= 400:
        raise TwimlError(11200, f"HTTP retrieval failure: {response.status_code} from {url}")
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in XML_TYPES:
        return parse(response.content, url)
    text = response.text.strip()
    if not text:
        return Document(url, [])
    if media_type == "text/plain":
        return Document(url, [Verb("Say", {}, text, [])])
    raise TwimlError(12300, f"Invalid Content-Type {media_type!r} from {url}")


def parse(content: bytes, url: str) -> Document:
    if len(content) > MAX_BYTES:
        raise TwimlError(11750, "TwiML response body too large")
    if b"<!DOCTYPE" in content:
        raise TwimlError(12100, "Document parse failure: a DOCTYPE is not allowed")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - bounded above, no DTD
    except ElementTree.ParseError as error:
        raise TwimlError(12100, f"Document parse failure: {error}") from None
    if root.tag != "Response":
        raise TwimlError(12102, f"The root element is <{root.tag}>, not <Response>")
    return Document(url, [_to_verb(element) for element in root])


def _to_verb(element: ElementTree.Element) -> Verb:
    return Verb(
        element.tag,
        dict(element.attrib),
        (element.text or "").strip(),
        [_to_verb(child) for child in element],
    )
