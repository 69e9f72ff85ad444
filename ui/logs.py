"""How the service logs: lines for people or JSON for machines, and no question's text unless that was asked for."""

from __future__ import annotations

import logging
import sys

from pythonjsonlogger.json import JsonFormatter

from coach.answers import Answer, Explanation, Kind
from coach.settings import Settings

logger = logging.getLogger("mentor_coach.answers")

_NOISY = ("httpx", "httpx2", "openai", "chromadb", "sentence_transformers", "uvicorn.error")


def configure(settings: Settings) -> None:
    """Log to standard error from here on."""
    handler = logging.StreamHandler(sys.stderr)
    if settings.log_format == "json":
        names = {"asctime": "time", "levelname": "level", "name": "logger"}
        handler.setFormatter(JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s", rename_fields=names))
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)


class AnswerLog:
    """A line for every answer: what it was, not what was said; a crisis leaves no words in any case."""

    def __init__(self, *, questions: bool) -> None:
        self._questions = questions

    def answered(self, answer: Answer, explanation: Explanation) -> None:
        fields: dict[str, object] = {
            "kind": answer.kind.value,
            "claims": len(answer.claims),
            "dropped": sum(explanation.refused.values()),
            "model": answer.model,
            "ms": round(answer.timings_ms.get("total", 0.0), 1),
        }
        said = ""
        if self._questions and answer.kind is not Kind.SAFETY:
            fields["question"] = answer.question
            said = f": {answer.question!r}"
        logger.info("Answered with kind %s and %d claims%s", fields["kind"], fields["claims"], said, extra=fields)
