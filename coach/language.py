"""Is this message in the language that the gate can read?"""

from __future__ import annotations

import re
from functools import cached_property

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from retrieval.words import STOP_WORDS

_SURE = 0.5
_ENGLISH_SHARE = 0.25
_WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?")
_LETTER = re.compile(r"[^\W\d_]")


class Language:
    """Tells English from other languages; of what is too short or too mixed to tell, it says English."""

    def english(self, text: str) -> bool:
        """Whether `text` may be English.

        Function words settle nearly every message; the identifier (seconds to load) is asked about the rest only.
        """
        plain = text.replace("’", "'").lower()
        words = _WORD.findall(plain)
        if not words:
            return not _LETTER.search(text)
        known = sum(word in STOP_WORDS for word in words)
        if known > _ENGLISH_SHARE * len(words) or (len(words) < 3 and plain.isascii()):
            return True
        language, probability = self._identifier.classify(text)
        return bool(language == "en" or probability < _SURE)

    @cached_property
    def _identifier(self) -> LanguageIdentifier:
        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
