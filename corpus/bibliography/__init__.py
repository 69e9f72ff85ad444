"""BibTeX, RIS and CSL-JSON ⇄ sources, which record describes a document, and the printed reference."""

from corpus.bibliography.collection import Collection
from corpus.bibliography.describe import describe, doubts
from corpus.bibliography.export import Form, export
from corpus.bibliography.files import read_records
from corpus.bibliography.printed import link, reference, short_name
from corpus.bibliography.record import BibliographyError, Record, Records, record_of, verified
from corpus.bibliography.values import normal_doi

__all__ = [
    "BibliographyError",
    "Collection",
    "Form",
    "Record",
    "Records",
    "describe",
    "doubts",
    "export",
    "link",
    "normal_doi",
    "read_records",
    "record_of",
    "reference",
    "short_name",
    "verified",
]
