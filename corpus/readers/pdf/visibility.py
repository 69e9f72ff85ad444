"""Which text of a page somebody who looks at it does not see: the page is drawn, and looked at."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from corpus.readers.pdf.glyphs import Frame, Style

TINY = 2.5
"""Points: nobody reads what is smaller."""
_LARGEST = 1600
_INK = 6
_CONTRAST = 20
_RING = 2
_FAINT = 26
_SCANNED = 0.5
INVISIBLE = (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP)


class Eye:
    """Looks at a drawn page."""

    def __init__(self, page: pdfium.PdfPage, frame: Frame) -> None:
        self._page = page
        self._frame = frame
        self._scale = min(1.0, _LARGEST / max(frame.width, frame.height, 1.0))
        bitmap = page.render(scale=self._scale, grayscale=True, draw_annots=False)
        self._picture = np.array(bitmap.to_numpy()).reshape(bitmap.height, bitmap.width)
        bitmap.close()
        self._pictured: bool | None = None

    @property
    def inked(self) -> bool:
        """Whether anything at all can be seen."""
        return int(np.ptp(self._picture)) > _INK if self._picture.size else False

    def unseen(self, styles: Iterable[Style]) -> set[int]:
        """The `id` of each style whose text is not seen."""
        return {id(style) for style in styles if not self._sees(style)}

    def _sees(self, style: Style) -> bool:
        if style.size < TINY:
            return False
        x, y = (style.left + style.right) / 2, (style.top + style.bottom) / 2
        if not (0 <= x <= self._frame.width and 0 <= y <= self._frame.height):
            return False
        if (style.mode in INVISIBLE or style.alpha < _FAINT) and not self.pictured:
            # Over the picture of a scanned page such text is what text recognition has read in it.
            return False
        around = self._cut(style, _RING)
        inside = self._cut(style, 0)
        if not inside.size or int(np.ptp(inside)) <= _INK:
            return False
        if style.colour is None or style.mode in INVISIBLE:
            return True
        ring = np.concatenate(
            [around[:_RING].ravel(), around[-_RING:].ravel(), around[:, :_RING].ravel(), around[:, -_RING:].ravel()]
        )
        return abs(float(np.median(ring)) - style.colour) >= _CONTRAST

    def _cut(self, style: Style, margin: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
        left, top = int(style.left * self._scale) - margin, int(style.top * self._scale) - margin
        right, bottom = int(style.right * self._scale) + 1 + margin, int(style.bottom * self._scale) + 1 + margin
        return self._picture[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]

    @property
    def pictured(self) -> bool:
        """Whether one picture covers most of the page."""
        if self._pictured is None:
            page = self._frame.width * self._frame.height
            boxes = (image.get_bounds() for image in self._page.get_objects([raw.FPDF_PAGEOBJ_IMAGE], max_depth=3))
            self._pictured = any((r - l) * (t - b) >= _SCANNED * page for l, b, r, t in boxes)  # noqa: E741
        return self._pictured
