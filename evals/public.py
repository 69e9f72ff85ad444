"""Public sets ingested as one's own documents: SciFact for ranking, ClapNQ for recall and answerability."""

from __future__ import annotations

import html
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ir_measures
import numpy as np
from ir_measures import Qrel, ScoredDoc, nDCG
from sklearn.metrics import roc_auc_score

from coach.build import build_coach
from coach.coach import Coach
from coach.settings import Settings
from corpus.ingest import ingest
from retrieval.coverage import Coverage
from retrieval.models import Signals
from retrieval.retriever import Fusion, Retriever

_DEEP = 100
_RRF_K = 60
_RESAMPLES = 2000


def scifact(folder: Path) -> None:
    """nDCG@10 over the claims, for each ranking, with the gain over reciprocal rank fusion by a paired bootstrap."""
    documents = {
        item["id"]: f"# {item['title']}\n\n{' '.join(item['sentences'])}\n" for item in _lines(folder / "corpus.jsonl")
    }
    claims = [item for item in _lines(folder / "claims.jsonl") if item["relevant"]]
    judged = [Qrel(item["id"], document, 1) for item in claims for document in item["relevant"]]
    with library(documents, "md") as (coach, ids):
        runs: dict[str, dict[str, dict[str, float]]] = {}
        for name, fusion in {
            "dense": Fusion(dense=1.0),
            "lexical": Fusion(dense=0.0),
            "fused (as shipped)": Fusion(),
        }.items():
            retriever = coach.retriever.model_copy(update={"fusion": fusion})
            runs[name] = {item["id"]: _ranking(retriever, item["claim"], ids) for item in claims}
    runs["reciprocal rank fusion"] = {
        item["id"]: _fused_by_rank([runs["dense"][item["id"]], runs["lexical"][item["id"]]]) for item in claims
    }
    print(f"\nSciFact as own documents: {len(documents)} abstracts, {len(claims)} claims, nDCG@10")
    scores: dict[str, dict[str, float]] = {}
    for name, ranking in runs.items():
        scored = [
            ScoredDoc(query, document, score) for query, found in ranking.items() for document, score in found.items()
        ]
        scores[name] = {metric.query_id: metric.value for metric in ir_measures.iter_calc([nDCG @ 10], judged, scored)}
        print(f"  {name:<28}{np.mean(list(scores[name].values())):.3f}")
    low, high = _paired(scores["fused (as shipped)"], scores["reciprocal rank fusion"])
    print(f"  gain over reciprocal rank fusion, 95 % of {_RESAMPLES} resamples: {low:+.4f} to {high:+.4f}")


def clapnq(folder: Path) -> None:
    """recall@3 of the gold passage for answerable questions, and how well coverage tells them from the others."""
    documents = clapnq_documents(folder)
    questions = clapnq_questions(folder)
    coverage = Coverage.load()
    with library({name: item.html for name, item in documents.items()}, "html") as (coach, ids):
        found = [coach.retriever.retrieve(question.text) for question in questions]
    judged = [coverage.judge(retrieval) for retrieval in found]
    answerable = [question.answerable for question in questions]
    recalled = [
        any(ids[hit.source.id] in question.passages for hit in retrieval.hits[:3])
        for question, retrieval in zip(questions, found, strict=True)
        if question.answerable
    ]
    print(f"\nClapNQ as own documents: {len(documents)} passages, {len(questions)} questions")
    print(f"  recall@3, answerable questions      {np.mean(recalled):.3f} of {len(recalled)}")
    print(f"  answerable/unanswerable AUC         {roc_auc_score(answerable, [p for p, _ in judged]):.3f}")
    right = [covered == expected for (_, covered), expected in zip(judged, answerable, strict=True)]
    balanced = np.mean(
        [np.mean([ok for ok, e in zip(right, answerable, strict=True) if e == side]) for side in (True, False)]
    )
    print(f"  balanced accuracy at the threshold  {balanced:.3f}")


def clapnq_signals(folder: Path) -> tuple[list[Signals], list[bool]]:
    """The signals of every question, and whether it is answerable: what the plain coverage model is fitted on."""
    questions = clapnq_questions(folder)
    documents = clapnq_documents(folder)
    with library({name: item.html for name, item in documents.items()}, "html") as (coach, _):
        signals = [coach.retriever.retrieve(question.text).signals for question in questions]
    return signals, [question.answerable for question in questions]


@dataclass(frozen=True, slots=True)
class ClapnqDocument:
    title: str
    sentences: tuple[str, ...]

    @property
    def html(self) -> str:
        return f"<title>{html.escape(self.title)}</title><p>{html.escape(' '.join(self.sentences))}</p>"


@dataclass(frozen=True, slots=True)
class ClapnqQuestion:
    text: str
    answerable: bool
    passages: frozenset[str]
    """Ids of the documents that answer it."""
    selected: frozenset[tuple[str, int]]
    """Document and position of every sentence that somebody selected as part of the answer."""


def clapnq_documents(folder: Path) -> dict[str, ClapnqDocument]:
    return {
        item["id"]: ClapnqDocument(item["title"], tuple(item["sentences"])) for item in _lines(folder / "corpus.jsonl")
    }


def clapnq_questions(folder: Path) -> list[ClapnqQuestion]:
    documents = clapnq_documents(folder)
    return [
        ClapnqQuestion(
            item["question"],
            bool(item["answerable"]),
            frozenset(item["passages"]),
            frozenset(
                (name, position)
                for name in item["passages"]
                for position, sentence in enumerate(documents[name].sentences)
                if any(sentence in answer["selected"] for answer in item["answers"])
            ),
        )
        for item in _lines(folder / "questions.jsonl")
    ]


@contextmanager
def library(documents: dict[str, str], suffix: str) -> Iterator[tuple[Coach, dict[str, str]]]:
    """A coach over `documents` alone, and its source ids → the documents' ids."""
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "files"
        files.mkdir()
        for name, text in documents.items():
            (files / f"{name}.{suffix}").write_text(text, "utf-8")
        coach = build_coach(Settings(home=Path(folder) / "home", founding=False, threads=2), lambda _: None)
        outcomes = ingest([files], coach.catalog)
        coach.retriever.index.sync(lambda done, total: print(f"\r  indexed {done} of {total}", end="", flush=True))
        print()
        yield coach, {outcome.source_id: outcome.file.stem for outcome in outcomes if outcome.source_id}
        coach.close()


def _ranking(retriever: Retriever, query: str, ids: dict[str, str]) -> dict[str, float]:
    best: dict[str, float] = {}
    for hit in retriever.retrieve(query, top_k=_DEEP).hits:
        best.setdefault(ids[hit.source.id], hit.score)
    return best


def _fused_by_rank(rankings: Sequence[dict[str, float]]) -> dict[str, float]:
    """Reciprocal rank fusion (Cormack et al. 2009), k = 60."""
    fused: dict[str, float] = {}
    for ranking in rankings:
        for place, document in enumerate(sorted(ranking, key=lambda name: -ranking[name]), start=1):
            fused[document] = fused.get(document, 0.0) + 1 / (_RRF_K + place)
    return fused


def _paired(one: dict[str, float], other: dict[str, float]) -> tuple[float, float]:
    """The 95 % interval of the mean difference, resampling queries."""
    difference = np.array([one[query] - other[query] for query in sorted(one)])
    random = np.random.default_rng(0)
    means = [difference[random.integers(0, len(difference), len(difference))].mean() for _ in range(_RESAMPLES)]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line]
