"""The OpenAPI document, where FastAPI's own says too much: a problem is sent as a problem and as nothing else."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

PROBLEM = "application/problem+json"


def install(app: FastAPI, *, guarded: bool) -> None:
    """Correct what `app.openapi()` gives; where no key is needed, it says so."""
    found = app.openapi

    def corrected() -> dict[str, Any]:
        spec = found()
        for operations in spec["paths"].values():
            for operation in operations.values():
                _correct(operation["responses"])
                if not guarded and "security" in operation:
                    operation["security"] = [{}, *(way for way in operation["security"] if way)]
        return spec

    app.openapi = corrected  # type: ignore[method-assign]


def _correct(responses: dict[str, Any]) -> None:
    unknown = [status for status, told in responses.items() if "HTTPValidationError" in str(told.get("content"))]
    for status in unknown:
        # FastAPI's own shape, which its errors do not have here.
        del responses[status]
    for response in responses.values():
        content = response.get("content", {})
        if PROBLEM in content:
            content.pop("application/json", None)
