"""`GET /v1/gaps`: what mentors asked that the library could not answer, by topic."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter

from coach.gaps import LEAST
from coach.keys import Scope
from ui.api.guard import requires
from ui.api.kinds import READ
from ui.api.problems import responses
from ui.api.schemas import GapItem, GapList
from ui.loading import Loading


def router(loading: Loading) -> APIRouter:
    routes = APIRouter(tags=["library"], dependencies=[requires(Scope.ASK)])

    @routes.get("/v1/gaps", responses=responses(*READ))
    def gaps() -> GapList:
        """Topics of questions that the library did not cover, in three conversations or more; never their words."""
        coach = loading.coach()
        return GapList(least=LEAST, gaps=[GapItem(**asdict(gap)) for gap in coach.gap_report()])

    return routes
