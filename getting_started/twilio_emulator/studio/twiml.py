"""TwiML that Studio's hook answers.

https://www.twilio.com/docs/voice/twiml
"""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element


def verb(name: str, text: str | None = None, /, *children: Element, **attributes: str) -> Element:
    """One element; attributes without a value are left out."""
    given = {key: value for key, value in attributes.items() if value}
    element = Element(name, given)
    element.text = text
    element.extend(children)
    return element


def response(*verbs: Element) -> str:
    """The document."""
    root = Element("Response")
    root.extend(verbs)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


HANG_UP = response(verb("Hangup"))
EMPTY = response()
