"""`GET /metrics`: what a Prometheus server reads of requests, answers and the line before them."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from coach.answers import Answer, Explanation
from coach.keys import Scope
from ui.api.guard import requires
from ui.api.kinds import READ
from ui.api.problems import responses
from ui.api.turns import Turns

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The counters of one service; none holds a word of what was asked."""

    def __init__(self, turns: Turns) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "mentor_coach_requests", "Requests answered.", ["method", "route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "mentor_coach_request_seconds",
            "Seconds to the end of the response.",
            ["method", "route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._answers = Counter("mentor_coach_answers", "Answers, by kind.", ["kind"], registry=self._registry)
        self._stages = Histogram(
            "mentor_coach_stage_seconds",
            "Seconds of a turn's stages.",
            ["stage"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._claims = Counter("mentor_coach_claims", "Claims shown, by verdict.", ["verdict"], registry=self._registry)
        self._dropped = Counter(
            "mentor_coach_claims_dropped", "Drafts that were not shown, by reason.", ["reason"], registry=self._registry
        )
        self._registry.register(_Line(turns))

    def requested(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def answered(self, answer: Answer, explanation: Explanation) -> None:
        self._answers.labels(answer.kind.value).inc()
        for stage, milliseconds in answer.timings_ms.items():
            self._stages.labels(stage).observe(milliseconds / 1000)
        for claim in answer.claims:
            self._claims.labels(claim.support.verdict.value).inc()
        for reason, times in explanation.refused.items():
            self._dropped.labels(reason).inc(times)

    @property
    def text(self) -> bytes:
        return generate_latest(self._registry)


class _Line(Collector):
    """How many turns run and wait, read when somebody asks."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield GaugeMetricFamily("mentor_coach_turns_running", "Turns that run.", self._turns.running)
        yield GaugeMetricFamily("mentor_coach_turns_waiting", "Turns that wait for a place.", self._turns.waiting)


def router(metrics: Metrics) -> APIRouter:
    routes = APIRouter(tags=["health"], dependencies=[requires(Scope.MANAGE)])

    @routes.get(
        "/metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **responses(*READ)},
    )
    async def metrics_() -> Response:
        """Counters in Prometheus's text format: requests, answers by kind, stages, claims, drafts dropped, the line."""
        return Response(metrics.text, media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return routes
