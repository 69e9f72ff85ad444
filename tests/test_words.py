"""Words as they are matched on."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

from retrieval.vocabulary import Vocabulary
from retrieval.words import content_stems, library_stems, stem, tokens


def test_threads_that_stem_at_once_get_each_their_own_stems() -> None:
    known = sorted(Vocabulary.load().words)
    right = {word: stem(word) for word in known}
    stem.cache_clear()

    def stemmed(seed: int) -> dict[str, str]:
        return {word: stem(word) for word in random.Random(seed).sample(known, len(known))}

    with ThreadPoolExecutor(8) as threads:
        for found in threads.map(stemmed, range(8)):
            assert found == right


def test_what_is_held_of_the_library_is_what_is_made_of_a_question() -> None:
    text = "The mentor's protégés felt like frauds."
    assert tokens(text) == ["the", "mentor", "proteges", "felt", "like", "frauds"]
    assert library_stems(text) == set(content_stems(text))
