"""The only wiring: settings → a coach that is ready to answer."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from filelock import FileLock

from coach.calls import Calls
from coach.chain import CheckParaphrase, build_chain
from coach.coach import Coach
from coach.composers.generating import GeneratingComposer
from coach.composers.quoting import QuotingComposer
from coach.conversation import Conversations
from coach.entailment import CALIBRATION, open_entailment
from coach.gaps import Gaps
from coach.guidance import Suggestions
from coach.helper import Helper
from coach.lexicon import Lexicon
from coach.library import Library
from coach.models import Model, open_model
from coach.offers import Offers
from coach.opening import open_database, open_index
from coach.paraphrase import ParaphraseCheck
from coach.safety import SafetyGate
from coach.settings import Settings, hold_home, open_home
from retrieval.coverage import Coverage
from retrieval.index import Index
from retrieval.reranker import Reranker
from retrieval.retriever import Retriever

__all__ = ["Report", "assisted", "build_coach", "build_library", "open_database"]

logger = logging.getLogger(__name__)

Report = Callable[[str], None]
"""Told in one line what is being done."""


def build_coach(settings: Settings, report: Report = logger.info) -> Coach:
    """Open the library in `settings.home`, bring its indexes in step, and wire a coach over it.

    Raises `CoachError`, `CorpusError` or `RetrievalError`, each naming the next step.
    """
    # A developer's shell may have LangSmith tracing on; what mentors say goes to nobody.
    os.environ.update(LANGSMITH_TRACING="false", LANGCHAIN_TRACING_V2="false", LANGCHAIN_TRACING="false")
    gate = SafetyGate.load(settings.safety_file)
    model = open_model(settings)
    home = open_home(settings)
    with ExitStack() as undo:
        lock = None if settings.shared else hold_home(home)
        if lock is not None:
            undo.callback(lock.release)
        database = open_database(settings, home)
        undo.callback(database.close)
        index = open_index(database, home, settings, report)
        undo.callback(index.vectors.close)
        coach = _over(index, home, settings, gate, model, lock)
        undo.pop_all()
    return coach


def build_library(settings: Settings, report: Report = logger.info) -> Library:
    """The library as a service over the coach that `build_coach` builds; raises what that raises."""
    return Library(build_coach(settings, report), open_home(settings))


def _over(
    index: Index, home: Path, settings: Settings, gate: SafetyGate, model: Model | None, lock: FileLock | None
) -> Coach:
    """A coach over `index`; `lock` keeps other processes off a library in a folder."""
    database = index.catalog.database
    reranker = Reranker(settings.reranker_model) if settings.reranker_model else None
    retriever = Retriever(index=index, reranker=reranker)
    chain = build_chain(retriever, Coverage.load(), QuotingComposer(index))
    offers = Offers(index, Suggestions.load())
    coach = Coach(retriever, chain, Conversations(database), gate, offers, Gaps(database), lock)
    if model is None:
        return coach
    calls = Calls(model)
    # In a thread: a server that is slow to load its model must not keep the coach from answering.
    threading.Thread(target=calls.try_out, name="model-check", daemon=True).start()
    return assisted(coach, calls, settings.model_timeout, _paraphrase_check(settings, home))


def _paraphrase_check(settings: Settings, home: Path) -> ParaphraseCheck | None:
    """What judges a model's own words; `None` where it may only select. Raises `SettingsError`."""
    if settings.verifier is not None:
        return ParaphraseCheck(Lexicon.load(), open_entailment(settings.verifier, home / CALIBRATION))
    return ParaphraseCheck(Lexicon.load()) if settings.paraphrase == "checked" else None


def assisted(coach: Coach, calls: Calls, timeout: float, check_paraphrase: CheckParaphrase | None = None) -> Coach:
    """`coach` with a chat model that helps, for at most `timeout` seconds a turn.

    The model may say things in its own words only where `check_paraphrase` judges them.
    """
    quoting = QuotingComposer(coach.retriever.index)
    generating = GeneratingComposer(quoting, calls, paraphrase=check_paraphrase is not None)
    chain = build_chain(coach.retriever, Coverage.load(), quoting, generating, check_paraphrase)
    return coach.assisted(chain, Helper(calls, timeout))
