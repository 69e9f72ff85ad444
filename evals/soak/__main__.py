"""`python -m evals.soak`: starts a coach of its own, lets the clients at it, and prints what came of it."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from evals.bench import ready
from evals.engines import engines
from evals.service import served
from evals.soak.run import soak


def main() -> None:
    """Print the summary; exit with 1 when there was an error, something wrong, or growth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--every", type=float, default=5.0, help="seconds between samples (default: 5)")
    parser.add_argument(
        "--workers", type=int, default=0, help="so many workers on PostgreSQL and a Chroma server; 0: a folder"
    )
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for soak.svg and soak.csv (default: out)")
    options = parser.parse_args()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home"
        settings: dict[str, str] = {}
        if options.workers:
            postgres, chroma = stack.enter_context(engines())
            settings = {
                "MENTOR_COACH_DATABASE_URL": postgres.database(),
                "MENTOR_COACH_CHROMA_URL": chroma.url,
                "MENTOR_COACH_WORKERS": str(options.workers),
            }
        options.out.mkdir(parents=True, exist_ok=True)
        url, _, process = stack.enter_context(served(home, options.out / "soak.log", **settings))
        ready(url)
        place = f"{options.workers} workers on servers" if options.workers else "one process, a folder"
        print(f"{options.minutes:g} minutes of mixed traffic: {place}", flush=True)
        summary = soak(url, process, options.minutes * 60, options.every, options.out)
        if not summary.sound:
            shutil.copytree(home, options.out / "home", dirs_exist_ok=True)
    print("\n".join(summary.lines()))
    print(f"In {options.out}: the plot soak.svg, the samples soak.csv, the service's soak.log")
    if not summary.sound:
        print("and its home, as it was then")
    sys.exit(not summary.sound)


if __name__ == "__main__":
    main()
