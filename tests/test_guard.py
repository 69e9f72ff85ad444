"""The door of a guarded service: who is let in, for what, how often; and the service that needs no key."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse

from coach.keys import Keys, Scope
from coach.settings import Settings
from corpus.database import Database
from ui.api.guard import Guard
from ui.api.kinds import BASE, KINDS
from ui.app import create_app

ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keys]:
    database = Database.at(tmp_path_factory.mktemp("keys"))
    yield Keys(database)
    database.close()


@pytest.fixture(scope="module")
def asker(keys: Keys) -> str:
    return keys.create("asker", [Scope.ASK])[1]


@pytest.fixture(scope="module")
def manager(keys: Keys) -> str:
    return keys.create("manager", [Scope.MANAGE])[1]


def app_of(home: Path, store: Keys | None, **settings: Any) -> Any:
    """A service whose coach is never loaded: what is tested here stands before it."""

    async def build() -> Any:
        # Within a loop, or Gradio makes one of its own and never closes it.
        return create_app(Settings(home=home, **settings), store)

    return asyncio.run(build())


@pytest.fixture(scope="module")
def guarded(keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return app_of(tmp_path_factory.mktemp("home"), keys, keys=True, rate="1000000/minute")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return app_of(tmp_path_factory.mktemp("home"), None)


def ask(app: Any, method: str, path: str, *, base: str = ADDRESS, **more: Any) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return await client.request(method, path, **more)

    return asyncio.run(send())


def door(store: Keys | None, rate: str) -> Guard:
    """The door alone, with nothing behind it but an open hall."""
    return Guard(PlainTextResponse("in"), hosts=None, keys=store, rate=rate)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def name_of(response: httpx.Response) -> str:
    assert response.headers["content-type"] == "application/problem+json", response.text
    name = str(response.json()["type"]).removeprefix(BASE)
    assert KINDS[name].status == response.status_code
    return name


CLOSED = [
    ("GET", "/v1/sources"), ("POST", "/v1/ask"), ("GET", "/v1/search?q=a"), ("GET", "/v1/conversations"), ("DELETE", "/v1/conversations/a"),
    ("POST", "/v1/feedback"), ("POST", "/v1/sources"), ("DELETE", "/v1/sources/a"), ("GET", "/v1/nothing"), ("GET", "/metrics"), ("GET", "/docs"),
    ("GET", "/openapi.json"), ("GET", "/"), ("GET", "/config"), ("GET", "/gradio_api/info"), ("POST", "/gradio_api/queue/join"), ("GET", "/gradio_api/file=/etc/passwd"),
]  # fmt: skip


@pytest.mark.parametrize(
    "shown", [{}, bearer("wrong"), bearer(""), {"Authorization": "Basic YTpi"}, {"Cookie": "mentor_coach_login=wrong"}]
)
def test_nothing_is_open_without_a_key(guarded: Any, shown: dict[str, str]) -> None:
    for method, path in CLOSED:
        response = ask(guarded, method, path, headers=shown)
        assert name_of(response) == "no-key", path
        assert response.headers["www-authenticate"] == 'Bearer realm="Mentor Coach"'
        assert "keys create" in response.json()["detail"]


def test_health_and_login_are_open(guarded: Any) -> None:
    assert ask(guarded, "GET", "/healthz").json()["status"] == "alive"
    assert ask(guarded, "GET", "/readyz").status_code == 503
    assert ask(guarded, "GET", "/login").status_code == 200


def test_openai_clients_are_refused_in_their_own_shape(guarded: Any) -> None:
    response = ask(guarded, "GET", "/v1/models", headers=bearer("wrong"))
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "no-key"


def test_a_key_opens_what_it_is_for(guarded: Any, asker: str, manager: str) -> None:
    assert ask(guarded, "GET", "/v1/models", headers=bearer(asker)).status_code == 200
    assert ask(guarded, "GET", "/docs", headers=bearer(asker)).status_code == 200
    assert ask(guarded, "GET", "/", headers=bearer(asker)).status_code == 200
    assert name_of(ask(guarded, "GET", "/v1/nothing", headers=bearer(asker))) == "not-found"
    for method, path in (("GET", "/metrics"), ("DELETE", "/v1/sources/a"), ("GET", "/v1/jobs/a")):
        assert name_of(ask(guarded, method, path, headers=bearer(asker))) == "missing-scope"
    assert ask(guarded, "GET", "/metrics", headers=bearer(manager)).status_code == 200
    for path in ("/", "/docs", "/v1/conversations", "/v1/search?q=a"):
        assert name_of(ask(guarded, "GET", path, headers=bearer(manager))) == "missing-scope"


def test_a_revoked_key_opens_nothing_at_once(guarded: Any, keys: Keys) -> None:
    key, text = keys.create("gone", [Scope.ASK])
    assert ask(guarded, "GET", "/v1/models", headers=bearer(text)).status_code == 200
    keys.revoke(key.id)
    assert ask(guarded, "GET", "/v1/models", headers=bearer(text)).status_code == 401


def log_in(app: Any, key: str, **more: Any) -> httpx.Response:
    return ask(app, "POST", "/login", data={"key": key}, **more)


def test_a_browser_is_sent_to_log_in_and_then_sees_the_page(guarded: Any, asker: str) -> None:
    page = ask(guarded, "GET", "/", headers={"Accept": "text/html,*/*"})
    assert (page.status_code, page.headers["location"]) == (303, "/login")
    logged = log_in(guarded, f" {asker}\n")
    assert (logged.status_code, logged.headers["location"]) == (303, "/")
    cookie = logged.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert asker not in cookie
    shown = {"Cookie": cookie.split(";")[0]}
    assert ask(guarded, "GET", "/", headers=shown).status_code == 200
    assert ask(guarded, "GET", "/v1/models", headers=shown).status_code == 200
    out = ask(guarded, "POST", "/logout", headers=shown)
    assert out.headers["location"] == "/login"
    assert ask(guarded, "GET", "/v1/models", headers=shown).status_code == 401


def test_the_login_refuses_what_is_no_key_for_asking(guarded: Any, manager: str) -> None:
    for key, status in (("wrong", 401), ("", 401), (manager, 403), ("<script>alert(1)</script>", 401)):
        refused = log_in(guarded, key)
        assert refused.status_code == status
        assert "set-cookie" not in refused.headers
        assert 'role="alert">That' in refused.text
        assert "<script" not in refused.text


FOREIGN = [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]


@pytest.mark.parametrize("foreign", FOREIGN)
def test_pages_of_other_sites_change_nothing(guarded: Any, asker: str, foreign: dict[str, str]) -> None:
    assert name_of(log_in(guarded, asker, headers=foreign)) == "forbidden"
    cookie = {"Cookie": log_in(guarded, asker).headers["set-cookie"].split(";")[0]}
    response = ask(guarded, "DELETE", "/v1/conversations/a", headers=cookie | foreign)
    assert name_of(response) == "forbidden"


def test_a_cookie_is_sent_over_https_alone_where_the_address_says_so(keys: Keys, asker: str, tmp_path: Path) -> None:
    app = app_of(tmp_path, keys, public_url="https://coach.example.org")
    base = "https://coach.example.org"
    logged = log_in(app, asker, base=base)
    assert "Secure" in logged.headers["set-cookie"]
    assert logged.headers["strict-transport-security"].startswith("max-age=")
    assert name_of(ask(app, "GET", "/v1/models2", base="https://evil.example", headers=bearer(asker))) == "bad-request"


def test_a_key_may_come_so_often(keys: Keys) -> None:
    app = door(keys, "5/hour")
    _, one = keys.create("one", [Scope.ASK])
    _, two = keys.create("two", [Scope.ASK])
    for left in (4, 3, 2, 1, 0):
        granted = ask(app, "GET", "/v1/models", headers=bearer(one))
        assert granted.status_code == 200
        assert granted.headers["ratelimit-limit"] == "5"
        assert granted.headers["ratelimit-remaining"] == str(left)
    refused = ask(app, "GET", "/v1/sources", headers=bearer(one))
    assert name_of(refused) == "too-many-requests"
    assert 1 <= int(refused.headers["retry-after"]) <= 3600
    assert refused.headers["ratelimit-remaining"] == "0"
    assert ask(app, "GET", "/v1/models", headers=bearer(two)).status_code == 200
    # What the page loads beside its questions is not counted, and neither is health.
    assert ask(app, "GET", "/healthz").status_code == 200
    assert ask(app, "GET", "/docs", headers=bearer(one)).status_code == 200


def test_guesses_are_limited_by_address(keys: Keys, asker: str) -> None:
    app = door(keys, "3/hour")
    statuses = [ask(app, "GET", "/v1/models", headers=bearer(f"guess{n}")).status_code for n in range(3)]
    statuses += [ask(app, "POST", "/login").status_code, ask(app, "GET", "/docs", headers=bearer("guess")).status_code]
    assert statuses == [401, 401, 401, 429, 429]
    # Whoever has a key is not kept out by another's guesses.
    assert ask(app, "GET", "/v1/models", headers=bearer(asker)).status_code == 200


def test_on_loopback_no_key_is_needed_and_nothing_is_limited() -> None:
    app = door(None, "1/hour")
    for shown in ({}, bearer("anything"), {"Authorization": "Basic YTpi"}, {"Authorization": ""}):
        for _ in range(3):
            response = ask(app, "GET", "/v1/models", headers=shown)
            assert response.status_code == 200
            assert not [name for name in response.headers if name.startswith("ratelimit")]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil:8000", "[::2]"])
def test_a_foreign_host_name_is_a_problem(opened: Any, host: str) -> None:
    assert name_of(ask(opened, "GET", "/v1/models2", headers={"Host": host})) == "bad-request"


def test_a_proxy_may_ask_for_health_under_any_name(opened: Any) -> None:
    assert ask(opened, "GET", "/healthz", headers={"Host": "coach-1:8000"}).status_code == 200
    assert ask(opened, "GET", "/readyz", headers={"Host": "coach-1:8000"}).json()["type"] == f"{BASE}not-ready"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8000", "[::1]:8000", "[::1]"])
def test_this_machines_names_are_known(opened: Any, host: str) -> None:
    assert ask(opened, "GET", "/v1/models", headers={"Host": host}).status_code == 200


def test_every_response_says_what_browsers_may_do(opened: Any) -> None:
    for path, status in (("/v1/models", 200), ("/v1/nothing", 404), ("/", 200), ("/docs", 200)):
        headers = ask(opened, "GET", path).headers
        assert ask(opened, "GET", path).status_code == status
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        policy = headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert policy.startswith("default-src 'none'" if path.startswith("/v1/") else "default-src 'self'")
        assert "*" not in policy
        assert "http" not in policy
        assert "access-control-allow-origin" not in headers


def test_other_origins_are_let_in_where_they_are_named(opened: Any, tmp_path: Path) -> None:
    origin = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in ask(opened, "OPTIONS", "/v1/ask", headers=origin).headers
    app = app_of(tmp_path, None, cors_origins="https://app.example https://two.example")
    assert ask(app, "OPTIONS", "/v1/ask", headers=origin).headers["access-control-allow-origin"] == origin["Origin"]
    other = origin | {"Origin": "https://evil.example"}
    assert "access-control-allow-origin" not in ask(app, "OPTIONS", "/v1/ask", headers=other).headers


def test_every_request_has_an_id(opened: Any) -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", ask(opened, "GET", "/v1/nothing").headers["x-request-id"])
    given = ask(opened, "GET", "/v1/models", headers={"X-Request-Id": "my-id.1"})
    assert given.headers["x-request-id"] == "my-id.1"
    for odd in ("a b", "a" * 65, "a\tb", "é"):
        sent = ask(opened, "GET", "/v1/models", headers={"X-Request-Id": odd.encode()})
        assert re.fullmatch(r"[0-9a-f]{16}", sent.headers["x-request-id"])


def test_bodies_have_a_size(opened: Any) -> None:
    async def chunks() -> Any:
        for _ in range(10):
            yield b" " * 10_000

    json_ = {"Content-Type": "application/json"}
    assert name_of(ask(opened, "POST", "/v1/ask", content=b" " * 65_537, headers=json_)) == "too-large"
    assert name_of(ask(opened, "POST", "/v1/ask", content=chunks(), headers=json_)) == "too-large"
    assert name_of(ask(opened, "POST", "/v1/ask", headers=json_ | {"Content-Length": "-5"})) == "too-large"
    chat = ask(opened, "POST", "/v1/chat/completions", content=b" " * 70_000, headers=json_)
    assert chat.json()["error"]["code"] == "malformed-json"


def test_a_body_that_stands_still_is_not_waited_for(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.api.bodies.SECONDS", 0.05)

    async def stuck() -> Any:
        yield b"{"
        await asyncio.sleep(30)

    response = ask(opened, "POST", "/v1/ask", content=stuck(), headers={"Content-Type": "application/json"})
    assert name_of(response) == "too-slow"


def test_an_unforeseen_error_says_nothing_of_itself_and_has_an_id(
    opened: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr("ui.api.openai._known", broken)
    response = ask(opened, "GET", "/v1/models/a")
    assert response.status_code == 500
    assert "secret" not in response.text
    assert response.headers["x-request-id"]
    assert response.json()["error"]["code"] == "internal-error"
    assert "RuntimeError" in caplog.text
    assert "secret words" not in caplog.text


def test_every_kind_of_problem_is_documented(opened: Any) -> None:
    spec = opened.openapi()
    named: set[str] = set()
    for operations in spec["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if int(status) < 400:
                    continue
                (content,) = response["content"].values()
                assert content["examples"], operation["operationId"]
                named |= set(content["examples"])
    # A route cannot say of itself that there is none, and what nobody foresaw belongs to none.
    assert set(KINDS) - named == {"not-found", "method-not-allowed", "internal-error", "answer-failed"}
    assert spec["components"]["schemas"]["Problem"]["properties"]["type"]["enum"] == [BASE + name for name in KINDS]
