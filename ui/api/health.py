"""`/healthz` and `/readyz`: is the process alive, and may it be sent questions?"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from ui.api.kinds import READ
from ui.api.problems import problem, responses
from ui.api.schemas import Health
from ui.loading import Loading


def router(loading: Loading) -> APIRouter:
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz")
    async def healthz() -> Health:
        """The process is alive."""
        return Health(status="alive")

    @routes.get("/readyz", response_model=Health, responses=responses(*READ))
    def readyz() -> JSONResponse:
        """Ready: the model is loaded, the indexes are in step, and stored vectors find themselves.

        A language model that cannot be used makes the service `degraded`; it answers with quotes alone.
        """
        if loading.ready:
            coach = loading.coach()
            return JSONResponse(Health(status="ready", reader=coach.reader, degraded=coach.degraded).model_dump())
        if loading.error is not None:
            return problem("/readyz", "not-ready", f"The coach cannot be loaded: {loading.error}")
        return problem("/readyz", "not-ready", f"The coach is loading: {loading.status}.", {"Retry-After": "5"})

    return routes
