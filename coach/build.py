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
from coach.coach import Coach, Observer, unobserved
from coach.composers.generating import GeneratingComposer
from coach.composers.quoting import QuotingComposer
from coach.connecting import open_database
from coach.conversation import Conversations
from coach.enrich import Enricher
from coach.entailment import CALIBRATION, open_entailment
from coach.gaps import Gaps
from coach.guidance import Suggestions
from coach.helper import Helper
from coach.judge import Judge, judge_of
from coach.keys import keys, logins
from coach.lexicon import Lexicon
from coach.library import Library
from coach.models import Model, open_model
from coach.offers import Offers
from coach.opening import open_index
from coach.paraphrase import ParaphraseCheck
from coach.privacy import Privacy, open_key
from coach.safety import SafetyGate
from coach.screening import Screening
from coach.settings import Settings, hold_home, open_home
from coach.sought import SoughtThings
from retrieval.coverage import Coverage
from retrieval.index import Index
from retrieval.reranker import Reranker
from retrieval.retriever import Retriever

__all__ = ["Report", "assisted", "build_coach", "build_library", "open_database"]

logger = logging.getLogger(__name__)

Report = Callable[[str], None]
"""Told in one line what is being done."""

TABLES_OF_THE_SERVICE = (keys, logins)
"""What no coach reads and a backup must know: a table is known once its module is imported."""


def build_coach(settings: Settings, report: Report = logger.info, observe: Observer = unobserved) -> Coach:
    """Open the library in `settings.home`, bring its indexes in step, and wire a coach over it.

    Raises `CoachError`, `CorpusError` or `RetrievalError`, each naming the next step.
    """
    return _built(settings, report, observe)[0]


def build_library(settings: Settings, report: Report = logger.info, observe: Observer = unobserved) -> Library:
    """The library as a service over the coach that `build_coach` builds; raises what that raises."""
    coach, check = _built(settings, report, observe)
    enricher = None
    if coach.helper is not None and settings.enrich:
        answering = coach.helper.calls
        # Calls of its own: a model that is too slow for whole passages is not kept from answers by that.
        calls = Calls(answering.model)
        check = check or ParaphraseCheck(Lexicon.load())
        enricher = Enricher(coach.retriever, calls, check, settings.model_timeout, lambda: answering.busy)
    return Library(coach, open_home(settings), enricher)


def _built(settings: Settings, report: Report, observe: Observer) -> tuple[Coach, CheckParaphrase | None]:
    """The coach, and what judges a model's own words where it may use them."""
    # A developer's shell may have LangSmith tracing on; what mentors say goes to nobody.
    os.environ.update(LANGSMITH_TRACING="false", LANGCHAIN_TRACING_V2="false", LANGCHAIN_TRACING="false")
    gate = SafetyGate.load(settings.safety_file)
    model, judge = open_model(settings), judge_of(settings)
    home = open_home(settings)
    with ExitStack() as undo:
        lock = None if settings.shared else hold_home(home)
        if lock is not None:
            undo.callback(lock.release)
        check = _paraphrase_check(settings, home, judge)
        database = open_database(settings, home)
        undo.callback(database.close)
        index = open_index(database, home, settings, report)
        undo.callback(index.vectors.close)
        coach = _over(index, home, settings, gate, model, judge, lock, check, report, observe)
        undo.pop_all()
    return coach, check


def _over(
    index: Index,
    home: Path,
    settings: Settings,
    gate: SafetyGate,
    model: Model | None,
    judge: Judge | None,
    lock: FileLock | None,
    check: CheckParaphrase | None,
    report: Report,
    observe: Observer,
) -> Coach:
    """A coach over `index`; `lock` keeps other processes off a library in a folder."""
    database = index.catalog.database
    reranker = Reranker(settings.reranker_model) if settings.reranker_model else None
    retriever = Retriever(index=index, reranker=reranker)
    quoting = QuotingComposer(index)
    chain = build_chain(retriever, Coverage.load(), quoting, SoughtThings.load(), check_paraphrase=check)
    offers = Offers(index, Suggestions.load())
    conversations = Conversations(database, settings.retention_days)
    if expired := conversations.expire():
        report(f"{expired} conversations older than {settings.retention_days} days were deleted")
    privacy = Privacy(index.catalog, open_key(home))
    screening = Screening.over(gate, index.embedder)
    coach = Coach(retriever, chain, conversations, screening, offers, Gaps(database), privacy, lock, observe=observe)
    if model is None:
        return coach
    calls = Calls(model)
    # In a thread: a server that is slow to load its model must not keep the coach from answering.
    threading.Thread(target=calls.try_out, name="model-check", daemon=True).start()
    if judge is not None:
        threading.Thread(target=judge.try_out, name="judge-check", daemon=True).start()
    return assisted(coach, calls, settings.model_timeout, check, judge)


def _paraphrase_check(settings: Settings, home: Path, judge: Judge | None) -> ParaphraseCheck | None:
    """What judges a model's own words; `None` where it may only select. Raises `SettingsError`."""
    if settings.verifier is not None:
        return ParaphraseCheck(Lexicon.load(), open_entailment(settings.verifier, home / CALIBRATION, judge))
    return ParaphraseCheck(Lexicon.load()) if settings.paraphrase == "checked" else None


def assisted(
    coach: Coach,
    calls: Calls,
    timeout: float,
    check_paraphrase: CheckParaphrase | None = None,
    judge: Judge | None = None,
) -> Coach:
    """`coach` with a chat model that helps, for at most `timeout` seconds a turn.

    The model may say things in its own words only where `check_paraphrase` judges them; where that asks a chat model,
    `judge` is that one.
    """
    quoting = QuotingComposer(coach.retriever.index)
    generating = GeneratingComposer(quoting, calls, paraphrase=check_paraphrase is not None)
    chain = build_chain(coach.retriever, Coverage.load(), quoting, SoughtThings.load(), generating, check_paraphrase)
    return coach.assisted(chain, Helper(calls, timeout, judge))
