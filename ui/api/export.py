"""The forms in which sources leave the library for a reference manager."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corpus.bibliography import Form as FormName
from corpus.bibliography import export
from corpus.models import Source


@dataclass(frozen=True, slots=True)
class Form:
    name: FormName
    media_type: str
    suffix: str

    def of(self, sources: Sequence[Source]) -> str:
        return export(sources, self.name)


FORMS = {
    "bibtex": Form("bibtex", "application/x-bibtex", "bib"),
    "ris": Form("ris", "application/x-research-info-systems", "ris"),
    "csl": Form("csl", "application/vnd.citationstyles.csl+json", "json"),
}
