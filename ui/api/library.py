"""`/v1/search`, `/v1/sources`, `/v1/passages`: reading the library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from coach.assemble import card
from coach.keys import Scope
from corpus.bibliography import verified
from corpus.models import Enrichment, Passage, Source
from ui.api.export import FORMS
from ui.api.guard import requires
from ui.api.kinds import READ
from ui.api.paging import MOST, Cursor, Limit, decoded, encoded
from ui.api.problems import responses
from ui.api.schemas import (
    FindingItem,
    MachineMade,
    MachineMadeFinding,
    PassageDetail,
    PassageRef,
    SearchHit,
    SearchResult,
    SourceDetail,
    SourceItem,
    SourceList,
)
from ui.loading import Loading

_WORDS: dict[str, Any] = {
    "max_length": 4000,
    "description": "Words or a question.",
    "json_schema_extra": {"minLength": 1, "pattern": r"\S"},
    "examples": ["imposter phenomenon"],
}
_Form = Annotated[
    Literal["bibtex", "ris", "csl"] | None, Query(alias="format", description="Give the bibliography in this form.")
]


def router(loading: Loading) -> APIRouter:
    routes = APIRouter(tags=["library"], prefix="/v1", dependencies=[requires(Scope.ASK)])

    @routes.get("/search", responses=responses("invalid-request", *READ))
    def search(
        q: Annotated[str, Query(**_WORDS)],
        top_k: Annotated[int, Query(ge=1, le=100)] = 8,
    ) -> SearchResult:
        """The best passages for `q`, best first, one hit a passage. Search never abstains."""
        if not q.strip():
            raise HTTPException(422, "q is empty. Send words to search for, as in /v1/search?q=belonging")
        retrieval = loading.coach().retriever.retrieve(q, top_k=top_k)
        return SearchResult(
            query=q,
            hits=[
                SearchHit(
                    passage_id=hit.passage.id,
                    source_id=hit.source.id,
                    source_title=hit.source.title,
                    text=hit.passage.text,
                    score=round(hit.score, 6),
                )
                for hit in retrieval.hits
            ],
        )

    @routes.get(
        "/sources",
        response_model=SourceList,
        responses=_exported() | responses("unknown-cursor", "invalid-request", *READ),
    )
    def sources(form: _Form = None, limit: Limit = MOST, cursor: Cursor = None) -> SourceList | Response:
        """The sources of the library, by title; with `format` all of them as a file that a reference manager reads."""
        catalog = loading.coach().catalog
        found = catalog.sources()
        if form is not None:
            return _export(found, form, "library")
        if cursor is not None:
            last = tuple(decoded(cursor, 2))
            found = [source for source in found if _place(source) > last]
        more = encoded(*_place(found[limit - 1])) if len(found) > limit else None
        made = catalog.enrichments.counts()
        return SourceList(sources=[item(source, made.get(source.id, 0)) for source in found[:limit]], next=more)

    @routes.get(
        "/sources/{source_id}",
        response_model=SourceDetail,
        responses=_exported() | responses("unknown-source", "invalid-request", *READ),
    )
    def source(source_id: str, form: _Form = None) -> SourceDetail | Response:
        """One source: what is verified of it, whom it studied, its caveats, its passages and what is noted of it."""
        catalog = loading.coach().catalog
        found = verified(catalog.source(source_id))
        if form is not None:
            return _export([found], form, found.id)
        passages = catalog.passages_of(source_id)
        made = catalog.enrichments.of([passage.id for passage in passages])
        return SourceDetail(
            **item(found, sum(enrichment.count for enrichment in made.values())).model_dump(),
            volume=found.volume,
            issue=found.issue,
            pages=found.pages,
            keywords=list(found.keywords),
            unverified=list(found.unverified),
            passages=[PassageRef(id=passage.id, ordinal=passage.ordinal) for passage in passages],
            enrichments=[_machine_made(passage, made[passage.id]) for passage in passages if passage.id in made],
        )

    @routes.get("/passages/{passage_id}", responses=responses("unknown-passage", "invalid-request", *READ))
    def passage(passage_id: str) -> PassageDetail:
        """One passage; citations point into `text`, and `original_text` is what stood there before repair."""
        catalog = loading.coach().catalog
        found = catalog.passage(passage_id)
        return PassageDetail(
            id=found.id,
            source_id=found.source_id,
            source_title=catalog.source(found.source_id).title,
            text=found.text,
            original_text=found.text if found.original_text is None else found.original_text,
            ordinal=found.ordinal,
            page=found.page,
            findings=[
                FindingItem(text=one.text, strength=one.strength, spans=[(span.start, span.end) for span in one.spans])
                for one in catalog.findings_of([passage_id])
            ],
        )

    return routes


def item(source: Source, made: int) -> SourceItem:
    """A source as the list shows it, with how much a chat model wrote for it."""
    shown = card(verified(source)).model_dump()
    return SourceItem(**shown, founding=source.founding, flags=list(source.flags), machine_made=made)


def _machine_made(passage: Passage, held: Enrichment) -> MachineMade:
    findings = [MachineMadeFinding(text=made.text, quote=made.span.of(passage.text)) for made in held.findings]
    questions = list(held.questions)
    return MachineMade(passage_id=passage.id, made_by=held.made_by, findings=findings, questions=questions)


def _place(source: Source) -> tuple[str, str]:
    """Where a source stands in the list; as the catalog orders it, which folds the case of ASCII alone."""
    return "".join(c.lower() if c.isascii() else c for c in source.title), source.id


def _export(sources: Sequence[Source], form: str, name: str) -> Response:
    chosen = FORMS[form]
    headers = {"Content-Disposition": f'attachment; filename="{name}.{chosen.suffix}"'}
    return Response(chosen.of(sources), media_type=chosen.media_type, headers=headers)


def _exported() -> dict[int | str, dict[str, Any]]:
    kinds = {"csl": {"type": "array", "items": {"type": "object"}}}
    return {200: {"content": {f.media_type: {"schema": kinds.get(f.name, {"type": "string"})} for f in FORMS.values()}}}
