"""WordprocessingML without what somebody who reads the document does not see: hidden and deleted runs."""

from __future__ import annotations

import io
from collections.abc import Iterator
from xml.etree import ElementTree as ET

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TINY = 5
"""Half points."""
_NEAR_WHITE = 0xE8
_OFF = ("0", "false", "off", "none")
_DELETED = (f"{_W}del", f"{_W}moveFrom")


def hiding_styles(part: bytes | None) -> frozenset[str]:
    """The ids of the styles whose text is hidden."""
    if part is None:
        return frozenset()
    styles = {style.get(f"{_W}styleId", ""): style for style in _parsed(part).iter(f"{_W}style")}
    found: set[str] = set()
    for name in styles:
        chain: list[str] = []
        current: str | None = name
        while current in styles and current not in chain:
            chain.append(current)
            current = _value(styles[current], "basedOn")
        if any(_hidden(styles[one].find(f"{_W}rPr"), shaded=False) for one in chain):
            found.add(name)
    return frozenset(found)


def shown(part: bytes, styles: frozenset[str], hidden: list[str], removed: list[str]) -> bytes:
    """The part without them; the words of the hidden ones go into `hidden`."""
    root = _parsed(part)
    # Parents before children, each with whether something coloured lies behind it and whether its style hides it.
    stack = [(root, False, False)]
    while stack:
        element, shaded, unseen = stack.pop()
        shaded = shaded or _shaded(element)
        if element.tag == f"{_W}p":
            unseen = _value(element.find(f"{_W}pPr"), "pStyle") in styles
        for child in list(element):
            if child.tag in _DELETED:
                element.remove(child)
                if "deleted text" not in removed:
                    removed.append("deleted text")
            elif child.tag == f"{_W}r" and (unseen or _unseen(child, shaded, styles)):
                element.remove(child)
                hidden.append("".join(_words(child)))
            else:
                stack.append((child, shaded, unseen))
    return bytes(ET.tostring(root, "utf-8", xml_declaration=True))


def _parsed(part: bytes) -> ET.Element:
    return ET.parse(io.BytesIO(part)).getroot()


def _unseen(run: ET.Element, shaded: bool, styles: frozenset[str]) -> bool:
    properties = run.find(f"{_W}rPr")
    return _value(properties, "rStyle") in styles or _hidden(properties, shaded or _shaded(run))


def _hidden(properties: ET.Element | None, shaded: bool) -> bool:
    if properties is None:
        return False
    for name in ("vanish", "specVanish"):
        if (found := properties.find(f"{_W}{name}")) is not None and found.get(f"{_W}val", "1") not in _OFF:
            return True
    size = _value(properties, "sz") or ""
    if size.isdigit() and int(size) <= _TINY:
        return True
    colour = _value(properties, "color") or ""
    if shaded or properties.find(f"{_W}highlight") is not None or len(colour) != 6:
        return False
    try:
        return all(channel >= _NEAR_WHITE for channel in bytes.fromhex(colour))
    except ValueError:
        return False


def _shaded(element: ET.Element) -> bool:
    """Whether a cell, paragraph or run has a colour behind it."""
    for name in ("tcPr", "tblPr", "pPr", "rPr"):
        properties = element.find(f"{_W}{name}")
        shade = properties.find(f"{_W}shd") if properties is not None else None
        if shade is not None and shade.get(f"{_W}fill", "auto").lower() not in ("auto", "ffffff"):
            return True
    return False


def _value(properties: ET.Element | None, name: str) -> str | None:
    found = properties.find(f"{_W}{name}") if properties is not None else None
    return found.get(f"{_W}val") if found is not None else None


def _words(run: ET.Element) -> Iterator[str]:
    for element in run.iter():
        if element.tag == f"{_W}t":
            yield element.text or ""
        elif element.tag in (f"{_W}tab", f"{_W}br"):
            yield " "
