"""What PDFium knows of a page's characters: each with its place and the style of the text object that drew it."""

from __future__ import annotations

import math
from ctypes import byref, c_double, c_uint, c_void_p, cast, create_string_buffer
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as raw

MOST = 200_000
"""Characters of a page that are looked at."""
_BOLD_FROM = 600
_UPRIGHT = 0.2


@dataclass(slots=True)
class Style:
    """How one text object is drawn; places in points from the page's upper left corner, y downwards."""

    size: float
    base: float
    bold: bool
    turned: bool
    """Whether the text does not run across the page as a reader holds it."""
    mode: int
    colour: float | None
    """Brightness, 0 to 255; nothing where it is drawn with a pattern or by its outline."""
    alpha: int
    left: float = math.inf
    top: float = math.inf
    right: float = -math.inf
    bottom: float = -math.inf


@dataclass(slots=True)
class Glyph:
    """A character; one that PDFium added, such as a blank between words, has no style."""

    text: str
    style: Style | None
    left: float = 0.0
    right: float = 0.0


class Frame:
    """From a page's own coordinates to those of a reader who holds it upright."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        self._left, self._bottom, self._right, self._top = page.get_bbox()
        self._rotation = page.get_rotation()
        self.width, self.height = page.get_size()

    def point(self, x: float, y: float) -> tuple[float, float]:
        if self._rotation == 90:
            return y - self._bottom, x - self._left
        if self._rotation == 180:
            return self._right - x, y - self._bottom
        if self._rotation == 270:
            return self._top - y, self._right - x
        return x - self._left, self._top - y

    def across(self, a: float, b: float) -> bool:
        """Whether text whose own direction is (a, b) runs from left to right."""
        x, y = {0: (a, -b), 90: (b, a), 180: (-a, b), 270: (-b, -a)}[self._rotation]
        return x > 0 and abs(y) <= _UPRIGHT * x


def glyphs_of(text: raw.FPDF_TEXTPAGE, frame: Frame) -> list[Glyph]:
    """All characters in the order in which the page draws them."""
    reading = _Reading(text, frame)
    return [reading.glyph(index) for index in range(min(raw.FPDFText_CountChars(text), MOST))]


class _Reading:
    def __init__(self, text: raw.FPDF_TEXTPAGE, frame: Frame) -> None:
        self._text = text
        self._frame = frame
        self._styles: dict[int, Style] = {}
        self._bold: dict[int, bool] = {}
        self._box = raw.FS_RECTF()

    def glyph(self, index: int) -> Glyph:
        code = raw.FPDFText_GetUnicode(self._text, index)
        letter = chr(code) if code < 0x110000 else "\ufffd"
        drawn = raw.FPDFText_GetTextObject(self._text, index)
        key = cast(drawn, c_void_p).value
        if key is None:
            return Glyph(letter, None)
        style = self._styles.get(key)
        if style is None:
            style = self._styles[key] = self._style(index, drawn)
        box = self._box
        if not raw.FPDFText_GetLooseCharBox(self._text, index, byref(box)):
            return Glyph(letter, style, style.left, style.left)
        x0, y0 = self._frame.point(box.left, box.bottom)
        x1, y1 = self._frame.point(box.right, box.top)
        left, right = (x0, x1) if x0 <= x1 else (x1, x0)
        style.left, style.right = min(style.left, left), max(style.right, right)
        style.top, style.bottom = min(style.top, y0, y1), max(style.bottom, y0, y1)
        return Glyph(letter, style, left, right)

    def _style(self, index: int, drawn: raw.FPDF_PAGEOBJECT) -> Style:
        matrix = raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(self._text, index, byref(matrix))
        size = raw.FPDFText_GetFontSize(self._text, index)
        sign = -1 if size < 0 else 1
        x, y = c_double(), c_double()
        raw.FPDFText_GetCharOrigin(self._text, index, byref(x), byref(y))
        mode = raw.FPDFTextObj_GetTextRenderMode(drawn)
        red, green, blue, alpha = c_uint(), c_uint(), c_uint(), c_uint()
        known = raw.FPDFPageObj_GetFillColor(drawn, byref(red), byref(green), byref(blue), byref(alpha))
        filled = bool(known) and mode in (raw.FPDF_TEXTRENDERMODE_FILL, raw.FPDF_TEXTRENDERMODE_FILL_CLIP)
        return Style(
            size=abs(size) * math.hypot(matrix.c, matrix.d),
            base=self._frame.point(x.value, y.value)[1],
            bold=self._is_bold(drawn),
            turned=not self._frame.across(matrix.a * sign, matrix.b * sign),
            mode=mode,
            colour=0.299 * red.value + 0.587 * green.value + 0.114 * blue.value if filled else None,
            alpha=alpha.value if known else 255,
        )

    def _is_bold(self, drawn: raw.FPDF_PAGEOBJECT) -> bool:
        font = raw.FPDFTextObj_GetFont(drawn)
        key = cast(font, c_void_p).value
        if key is None:
            return False
        if key not in self._bold:
            name = create_string_buffer(256)
            raw.FPDFFont_GetBaseFontName(font, name, len(name))
            said = name.value.decode("utf-8", "replace").lower()
            heavy = any(word in said for word in ("bold", "black", "heavy", "-bd", "semibold", "cmbx"))
            self._bold[key] = heavy or raw.FPDFFont_GetWeight(font) >= _BOLD_FROM
        return self._bold[key]
