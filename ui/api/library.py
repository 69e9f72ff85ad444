"""`/v1/search`, `/v1/sources`, `/v1/passages`: reading the library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from coach.assemble import card
from corpus.bibliography import verified
from corpus.models import Source
from ui.api.export import FORMS
from ui.api.problems import responses
from ui.api.schemas import (
    FindingItem,
    PassageDetail,
    PassageRef,
    SearchHit,
    SearchResult,
    SourceDetail,
    SourceItem,
    SourceList,
)
from ui.loading import Loading

_Form = Annotated[
    Literal["bibtex", "ris", "csl"] | None, Query(alias="format", description="Give the bibliography in this form.")
]


def router(loading: Loading) -> APIRouter:
    routes = APIRouter(tags=["library"], prefix="/v1")

    @routes.get("/search", responses=responses(422, 503))
    def search(
        q: Annotated[str, Query(max_length=4000, description="Words or a question.", examples=["imposter phenomenon"])],
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

    @routes.get("/sources", response_model=SourceList, responses=_exported() | responses(422, 503))
    def sources(form: _Form = None) -> SourceList | Response:
        """Every source of the library, by title; with `format` as a file that a reference manager reads."""
        found = loading.coach().catalog.sources()
        if form is not None:
            return _export(found, form, "library")
        return SourceList(sources=[item(source) for source in found])

    @routes.get("/sources/{source_id}", response_model=SourceDetail, responses=_exported() | responses(404, 422, 503))
    def source(source_id: str, form: _Form = None) -> SourceDetail | Response:
        """One source: what is verified of it, whom it studied, its caveats, its passages and what is noted of it."""
        catalog = loading.coach().catalog
        found = verified(catalog.source(source_id))
        if form is not None:
            return _export([found], form, found.id)
        return SourceDetail(
            **item(found).model_dump(),
            volume=found.volume,
            issue=found.issue,
            pages=found.pages,
            keywords=list(found.keywords),
            unverified=list(found.unverified),
            passages=[PassageRef(id=passage.id, ordinal=passage.ordinal) for passage in catalog.passages_of(source_id)],
        )

    @routes.get("/passages/{passage_id}", responses=responses(404, 422, 503))
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


def item(source: Source) -> SourceItem:
    """A source as the list shows it."""
    return SourceItem(**card(verified(source)).model_dump(), founding=source.founding, flags=list(source.flags))


def _export(sources: Sequence[Source], form: str, name: str) -> Response:
    chosen = FORMS[form]
    headers = {"Content-Disposition": f'attachment; filename="{name}.{chosen.suffix}"'}
    return Response(chosen.of(sources), media_type=chosen.media_type, headers=headers)


def _exported() -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {form.media_type: {"schema": {"type": "string"}} for form in FORMS.values()}}}
