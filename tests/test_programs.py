"""The examples of docs/programs.md, run as they stand against a served coach and a coach in this process."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from coach.coach import Coach

pytestmark = pytest.mark.model

PAGE = (Path(__file__).parent.parent / "docs" / "programs.md").read_text("utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
SHELL = re.findall(r"```sh\n(curl .*?)```", PAGE, re.DOTALL)
LOCAL = "http://127.0.0.1:8000"


@pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio_client", "ignore::DeprecationWarning:websockets")
@pytest.mark.parametrize("example", PYTHON, ids=[re.search(r"from (\S+)", text)[1] for text in PYTHON])  # type: ignore[index]
def test_a_python_example_runs(
    example: str, served_url: str, coach: Coach, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("coach.build.build_coach", lambda settings: coach)
    exec(compile(example.replace(LOCAL, served_url), "docs/programs.md", "exec"), {})
    said = capsys.readouterr().out
    assert len(said) > 20
    if "How do the National Academies" in example:
        assert "National Academies define mentorship" in said


def test_curl_gets_an_answer(served_url: str) -> None:
    (command,) = SHELL
    ran = subprocess.run(["sh", "-c", command.replace(LOCAL, served_url)], capture_output=True, text=True, check=True)
    answer = json.loads(ran.stdout)
    assert answer["kind"] == "answer"
    assert answer["citations"]
