"""The API against its own OpenAPI document, by schemathesis: with keys and without, nothing is found."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Service

pytestmark = [pytest.mark.model, pytest.mark.slow]

EXAMPLES = "5"
UPLOAD = "POST /v1/sources"


def found(url: str, folder: Path, *more: str) -> str:
    """What every check says of every operation, each tried with a bounded number of examples; nothing, at best.

    `/readyz` is left out, since 503 is what it answers before it is ready.
    """
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{url}/openapi.json", "--checks", "all",
        "--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES, "--seed", "1", "--no-color", "--request-timeout", "60",
        "--exclude-path", "/readyz", *more,
    ]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=280)
    # What was tried: a document that cannot be read is no success.
    tried = re.search(r"Tested: (\d+)", ran.stdout)
    assert tried, ran.stdout + ran.stderr
    assert int(tried[1]) >= 1
    return "" if ran.returncode == 0 else ran.stdout


def test_with_keys_nothing_is_found(guarded_service: tuple[Service, str], tmp_path: Path) -> None:
    service, key = guarded_service
    assert found(service.url, tmp_path, "--header", f"Authorization: Bearer {key}", "--exclude-name", UPLOAD) == ""


def test_nor_is_anything_in_uploads(guarded_service: tuple[Service, str], tmp_path: Path) -> None:
    """But for what no schema can say: which bytes are a paper, and what its name may end in."""
    service, key = guarded_service
    bearer = ("--header", f"Authorization: Bearer {key}", "--include-name", UPLOAD)
    assert (
        found(service.url, tmp_path, *bearer, "--exclude-checks", "positive_data_acceptance,negative_data_rejection")
        == ""
    )


def test_without_keys_nothing_is_found_either(served_url: str, tmp_path: Path) -> None:
    """Not even that keys are ignored: the document of a service that needs none says so."""
    assert found(served_url, tmp_path, "--exclude-name", UPLOAD) == ""
