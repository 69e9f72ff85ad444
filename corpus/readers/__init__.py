"""A file → a document: its title, its paragraphs with their headings and pages, and what it says of itself."""

from __future__ import annotations

from corpus.readers.document import Document, Paragraph, ReadError
from corpus.readers.reading import SUFFIXES, read

__all__ = ["SUFFIXES", "Document", "Paragraph", "ReadError", "read"]
