"""An ingest that is killed at random moments, or that fills its disk: the library stays whole, and the next run goes on."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.library_runs import Held, held, ingest, ingest_killed, write_papers

pytestmark = [pytest.mark.model, pytest.mark.slow]


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("papers") / "papers"
    write_papers(folder)
    return folder


@pytest.fixture(scope="module")
def clean(papers: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Held]:
    """A library made in one run, and what it holds."""
    home = tmp_path_factory.mktemp("clean") / "home"
    done = ingest(home, papers)
    assert done.returncode == 1, done.stderr
    assert "broken.md" in done.stdout.split("Not taken in")[1]
    assert "59 added, 1 duplicate, 1 failed" in done.stdout
    told = [line for line in done.stderr.splitlines() if " a second" in line]
    assert told[-1].startswith("61 of 61 files, ")
    assert " left" in told[-1]
    return home, held(home)


def test_a_run_killed_twice_ends_as_a_clean_one(papers: Path, clean: tuple[Path, Held], tmp_path: Path) -> None:
    """`python -m tests.library_runs 50` kills one run after another (`make soak`)."""
    home = tmp_path / "home"
    chance = random.Random()
    moments = [ingest_killed(home, papers, chance.uniform(0.0, 4.0)) for _ in range(2)]
    ingest(home, papers)
    assert held(home) == clean[1], moments


def test_copies_in_another_folder_change_nothing(papers: Path, clean: tuple[Path, Held], tmp_path: Path) -> None:
    home = Path(shutil.copytree(clean[0], tmp_path / "home"))
    fewer = tmp_path / "fewer"
    shutil.copytree(papers, fewer)
    assert ingest(home, fewer).returncode == 1
    assert held(home) == clean[1]  # Every copy is the same work as a paper that is held already.


def test_a_second_run_reads_and_changes_nothing(papers: Path, clean: tuple[Path, Held], tmp_path: Path) -> None:
    home = Path(shutil.copytree(clean[0], tmp_path / "home"))
    done = ingest(home, papers)
    assert "59 unchanged, 1 duplicate, 1 failed" in done.stdout
    assert held(home) == clean[1]


@pytest.fixture(params=["100k", "1000k"])
def small_disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A file system with room for less than a library; skipped where none can be mounted."""
    place = tmp_path / "small"
    place.mkdir()
    if os.name != "posix" or os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting a small file system needs root")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={request.param}", "tmpfs", str(place)], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("no small file system can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_is_told_and_the_library_stays_whole(
    small_disk: Path, papers: Path, clean: tuple[Path, Held], tmp_path: Path
) -> None:
    done = ingest(small_disk / "home", papers)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("mentor-coach: ")
    assert "free space" in last.lower(), last
    # Moved to where there is room, it goes on from there.
    home = Path(shutil.copytree(small_disk / "home", tmp_path / "home"))
    ingest(home, papers)
    assert held(home) == clean[1]
