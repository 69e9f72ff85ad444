"""`/v1/search`, `/v1/sources`, `/v1/passages`: reading the library."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException

from coach.assemble import card
from ui.api.problems import responses
from ui.api.schemas import PassageDetail, PassageRef, SearchHit, SearchResult, SourceDetail, SourceList
from ui.loading import Loading


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

    @routes.get("/sources", responses=responses(503))
    def sources() -> SourceList:
        """Every source of the library, by title."""
        return SourceList(sources=[card(source) for source in loading.coach().catalog.sources()])

    @routes.get("/sources/{source_id}", responses=responses(404, 422, 503))
    def source(source_id: str) -> SourceDetail:
        """One source: what is verified of it, whom it studied, its caveats and its passages."""
        catalog = loading.coach().catalog
        found = catalog.source(source_id)
        return SourceDetail(
            **card(found).model_dump(),
            volume=found.volume,
            issue=found.issue,
            pages=found.pages,
            keywords=list(found.keywords),
            unverified=list(found.unverified),
            founding=found.founding,
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
        )

    return routes
