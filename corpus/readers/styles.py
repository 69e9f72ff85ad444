"""Which inline styles and style sheets make text that nobody sees."""

from __future__ import annotations

import re

_HIDING = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|(?<![\w-])opacity:(?:0(?:\.0\d*)?|\.0\d*)%?(?:;|$)"
    r"|font(?:-size)?:(?:[^;]*\s)?(?:0(?:\.0*)?(?:px|pt|r?em|%)?|[01](?:\.\d+)?(?:px|pt|%)|0?\.[01]\d*r?em)(?:/[^;]*)?(?:;|\s|$)"
    r"|(?<![\w-])(?:left|right|top|bottom|text-indent|margin-left|margin-top):-\d{3,}"
    r"|clip:rect\(0|clip:rect\(1px,? ?1px|clip-path:inset\((?:50|100)%|transform:[^;]*scale\(0(?:\.0+)?\)"
    r"|(?<![\w-])(?:(?:max-)?height|(?:max-)?width):[01](?:px)?;(?:.*;)?overflow:hidden|overflow:hidden;(?:.*;)?(?:max-)?(?:height|width):[01](?:px)?(?:;|$)"
    r"|-webkit-text-fill-color:transparent|mso-hide:all"
)
_COLOUR = re.compile(r"(?<![\w-])color:([^;]+)")
_GROUND = re.compile(r"(?<![\w-])background(?:-color)?:([^;]+)")
_NUMBERS = re.compile(r"[\d.]+%?")
_NAMED = {
    **{"white": (255, 255, 255), "snow": (255, 250, 250), "ivory": (255, 255, 240), "black": (0, 0, 0)},
    **{"whitesmoke": (245, 245, 245), "ghostwhite": (248, 248, 255), "floralwhite": (255, 250, 240)},
}
_NEAR = 24
_RULE = re.compile(r"([^{}]{1,300})\{([^{}]*)\}")
_NESTED = re.compile(r"@[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_RULES = 500


def tidy(style: str) -> str:
    """A style in one spelling: lower case, no blanks beside `:` and `;`, no `!important`."""
    style = _COMMENT.sub("", style).lower().replace("!important", "")
    return re.sub(r"\s*([:;,])\s*", r"\1", " ".join(style.split())).strip()


def hides(style: str) -> bool:
    """Whether an element of this style shows nothing, whatever stands around it."""
    said = tidy(style)
    colour = _COLOUR.search(said)
    return _HIDING.search(said) is not None or (colour is not None and _transparent(colour.group(1)))


def colour_of(style: str) -> tuple[int, int, int] | None:
    """The colour of the letters, when the style names one that is understood."""
    match = _COLOUR.search(tidy(style))
    return parsed(match.group(1)) if match else None


def ground_of(style: str) -> tuple[int, int, int] | None:
    """The colour behind them; an image or a gradient counts as dark, since nothing is known of it."""
    match = _GROUND.search(tidy(style))
    if match is None or _transparent(match.group(1)):
        return None
    return parsed(match.group(1)) or (0, 0, 0)


def alike(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return all(abs(a - b) <= _NEAR for a, b in zip(one, other, strict=True))


def parsed(colour: str) -> tuple[int, int, int] | None:
    """Red, green and blue of a CSS colour, each 0 to 255; nothing for a colour that is not understood."""
    colour = colour.strip()
    if colour.startswith("#"):
        digits = colour[1:]
        digits = "".join(digit * 2 for digit in digits[:3]) if len(digits) in (3, 4) else digits[:6]
        return _triple(digits) if re.fullmatch(r"[0-9a-f]{6}", digits) else None
    if colour.startswith("rgb"):
        values = _NUMBERS.findall(colour)[:3]
        if len(values) < 3:
            return None
        red, green, blue = (
            int(min(255.0, float(value.rstrip("%")) * (2.55 if value.endswith("%") else 1))) for value in values
        )
        return red, green, blue
    return _NAMED.get(colour.split(" ")[0])


def hiding_selectors(sheet: str) -> list[str]:
    """The selectors of a style sheet whose elements show nothing; rules for some media only do not count."""
    sheet = _NESTED.sub("", _COMMENT.sub("", sheet))
    rules = (match.groups() for _, match in zip(range(_RULES), _RULE.finditer(sheet), strict=False))
    return [selector.strip() for selector, style in rules if hides(style) and ":" not in selector]


def _triple(digits: str) -> tuple[int, int, int]:
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _transparent(colour: str) -> bool:
    colour = colour.strip()
    alpha = re.fullmatch(r"(?:rgb|hsl)a?\(.*[,/]\s*(?:0|0?\.0\d*|0%)\s*\)", colour)
    return colour in ("transparent", "none") or (alpha is not None and len(_NUMBERS.findall(colour)) == 4)
