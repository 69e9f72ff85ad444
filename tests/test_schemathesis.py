"""The API against its own OpenAPI document, by schemathesis: with keys nothing is found, without only that none is asked for."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Service

pytestmark = [pytest.mark.model, pytest.mark.slow]

EXAMPLES = "6"


def found(url: str, folder: Path, *more: str) -> list[str]:
    """The names of the checks that failed; every operation is tried with a bounded number of examples."""
    report = folder / "report.ndjson"
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{url}/openapi.json", "--checks", "all", "--phases", "examples,coverage,fuzzing",
        "--max-examples", EXAMPLES, "--seed", "1", "--no-color", "--request-timeout", "60", "--suppress-health-check", "all",
        "--report", "ndjson", "--report-ndjson-path", str(report), "--exclude-path", "/readyz", *more,
    ]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=280)
    assert report.exists(), ran.stdout + ran.stderr
    text = report.read_text("utf-8")
    assert "Errors:" not in ran.stdout, ran.stdout
    assert json.loads(text.splitlines()[0])
    names = sorted(set(re.findall(r"^- (\w[\w /-]*)$", ran.stdout, re.MULTILINE)))
    assert bool(names) == bool(ran.returncode), ran.stdout
    if names:
        print(ran.stdout)
    return names


def test_with_keys_nothing_is_found(guarded_service: tuple[Service, str], tmp_path: Path) -> None:
    service, key = guarded_service
    assert found(service.url, tmp_path, "--header", f"Authorization: Bearer {key}") == []


def test_without_keys_only_that_none_is_needed(served_url: str, tmp_path: Path) -> None:
    assert found(served_url, tmp_path, "--exclude-checks", "ignored_auth") == []
