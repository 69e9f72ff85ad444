"""Seeing inside: metrics, JSON logs and ids; a conversation's lists, exports and feedback; and clients that go away."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from gradio_client import Client
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import Service

pytestmark = pytest.mark.model

QUESTION = "Do men with women mentors feel accepted?"


@pytest.fixture
def guarded(guarded_service: tuple[Service, str]) -> Iterator[httpx.Client]:
    service, key = guarded_service
    with httpx.Client(base_url=service.url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        yield client


def metrics(client: httpx.Client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = client.get("/metrics").text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def counted(client: httpx.Client, name: str, **labels: str) -> float:
    return metrics(client).get((name, frozenset(labels.items())), 0.0)


def ask(client: httpx.Client, question: str, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/v1/ask", json={"question": question, **more}).json()
    return answer


def test_metrics_count_requests_answers_claims_and_stages(guarded: httpx.Client) -> None:
    def now() -> list[float]:
        return [
            counted(guarded, "mentor_coach_answers_total", kind="answer"),
            counted(guarded, "mentor_coach_answers_total", kind="abstention"),
            counted(guarded, "mentor_coach_claims_total", verdict="curated"),
            counted(guarded, "mentor_coach_stage_seconds_count", stage="retrieve"),
            counted(guarded, "mentor_coach_requests_total", method="POST", route="/v1/ask", status="200"),
            counted(
                guarded, "mentor_coach_requests_total", method="GET", route="/v1/passages/{passage_id}", status="404"
            ),
        ]

    before = now()
    answer = ask(guarded, QUESTION)
    ask(guarded, "What is the capital of Brazil?")
    guarded.get("/v1/passages/nobody-1")
    curated = sum(claim["support"]["verdict"] == "curated" for claim in answer["claims"])
    assert curated >= 1
    assert [after - b for after, b in zip(now(), before, strict=True)] == [1, 1, curated, 2, 2, 1]
    assert counted(guarded, "mentor_coach_turns_running") == 0
    assert counted(guarded, "mentor_coach_turns_waiting") == 0
    assert "Brazil" not in guarded.get("/metrics").text


def test_the_log_is_json_and_holds_no_words(guarded: httpx.Client, guarded_service: tuple[Service, str]) -> None:
    service, key = guarded_service
    words = "Do marmalade mentors xylophone better?"
    guarded.post("/v1/ask", json={"question": words}, headers={"X-Request-Id": "seen-7"})
    guarded.get("/v1/search", params={"q": "marmalade xylophone"})
    guarded.post(
        "/v1/chat/completions", json={"model": "mentor-coach", "messages": [{"role": "user", "content": words}]}
    )
    guarded.post("/v1/ask", json={"question": words, "marmalade": 1})
    lines = [json.loads(line) for line in service.log.read_text().splitlines()]
    (seen,) = [line for line in lines if line.get("request_id") == "seen-7"][-1:]
    assert (seen["method"], seen["route"], seen["status"], seen["level"]) == ("POST", "/v1/ask", 200, "INFO")
    assert seen["ms"] > 0
    assert [line for line in lines if line.get("kind") in ("abstention", "answer")]
    text = service.log.read_text()
    assert "marmalade" not in text
    assert key not in text


def test_a_conversation_can_be_named_rated_exported_and_paged(guarded: httpx.Client) -> None:
    answers = [ask(guarded, question) for question in (QUESTION, "Does peer mentoring help nursing students?", "hello")]
    ids = [answer["conversation_id"] for answer in answers]
    listed: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        part = guarded.get("/v1/conversations", params={"limit": 2, **cursor}).json()
        assert 1 <= len(part["conversations"]) <= 2
        listed += [item["id"] for item in part["conversations"]]
        if part["next"] is None or len(listed) > 200:
            break
        cursor = {"cursor": part["next"]}
    assert listed[:3] == ids[::-1]
    assert len(set(listed)) == len(listed)
    path = f"/v1/conversations/{ids[0]}"
    renamed = guarded.patch(path, json={"title": "  Trust \x07 at work "})
    assert renamed.json()["title"] == "Trust at work"
    assert guarded.patch(path, json={"title": " "}).status_code == 422
    turn = answers[0]["turn_id"]
    assert guarded.post("/v1/feedback", json={"turn_id": turn, "rating": "helpful", "claim": 1}).status_code == 204
    assert guarded.post("/v1/feedback", json={"turn_id": turn, "rating": "helpful", "claim": 99}).status_code == 409
    assert guarded.post("/v1/feedback", json={"turn_id": "nobody", "rating": "helpful"}).status_code == 404
    assert guarded.post("/v1/feedback", json={"turn_id": turn, "rating": "great"}).status_code == 422
    forms = {
        "md": ("text/markdown", "# Trust at work"), "json": ("application/json", '"rating": "helpful"'),
        "bibtex": ("application/x-bibtex", "author = {"), "ris": ("application/x-research-info-systems", "TY  - "),
    }  # fmt: skip
    for form, (kind, holds) in forms.items():
        file = guarded.get(f"{path}/export", params={"format": form})
        assert file.headers["content-type"].startswith(kind)
        assert file.headers["content-disposition"].startswith('attachment; filename="trust-at-work.')
        assert holds in file.text
    assert guarded.post("/v1/feedback", json={"turn_id": turn, "rating": None, "claim": 1}).status_code == 204
    assert '"rating"' not in guarded.get(f"{path}/export", params={"format": "json"}).text
    assert guarded.get(f"{path}/export", params={"format": "docx"}).status_code == 422


def test_the_library_can_be_read_in_parts(client: httpx.Client) -> None:
    whole = client.get("/v1/sources").json()
    assert whole["next"] is None
    first = client.get("/v1/sources", params={"limit": 15}).json()
    rest = client.get("/v1/sources", params={"limit": 1000, "cursor": first["next"]}).json()
    assert first["sources"] + rest["sources"] == whole["sources"]
    assert rest["next"] is None
    for wrong in ("x", "", "W10", "é", "W1siYSJd", "A" * 1999, "bnVsbA"):
        refused = client.get("/v1/sources", params={"cursor": wrong})
        assert refused.json()["type"].endswith("unknown-cursor"), wrong
        assert client.get("/v1/conversations", params={"cursor": wrong}).status_code == 404
    assert client.get("/v1/conversations", params={"cursor": "WyJhIiwiYiJd"}).status_code == 404


def test_the_page_stores_what_http_answers(client: httpx.Client, served_url: str) -> None:
    """The same conversation held through the page's protocol and over HTTP: one path, no second logic."""
    questions = [QUESTION, "How sure are they?", "And what about informal mentoring?"]
    page = Client(served_url, verbose=False)
    ids: list[str | None] = [None, None]
    for question in questions:
        ids[0] = page.predict(question, ids[0], api_name="/answer")["conversation_id"]
        ids[1] = ask(client, question, **({"conversation_id": ids[1]} if ids[1] else {}))["conversation_id"]
    held = [[turn["answer"] for turn in client.get(f"/v1/conversations/{one}").json()["turns"]] for one in ids]
    for answers in held:
        for answer in answers:
            for field in ("conversation_id", "turn_id", "timings_ms"):
                del answer[field]
    assert held[0] == held[1]
    assert len(held[0]) == 3


def raw(url: str, sent: bytes) -> bytes:
    """What comes back for these very bytes."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(sent)
        connection.settimeout(10)
        received = b""
        while part := connection.recv(65536):
            received += part
            if b"\r\n\r\n" in received:
                break
    return received


BAD = [
    ("header injection", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-Id: a\r\n b: c\r\nConnection: close\r\n\r\n"),
    ("a header without a name", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n: a\r\n\r\n"),
    ("two lengths", b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
    ("not HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
    ("path traversal", b"GET /v1/passages/../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"),
    ("encoded traversal", b"GET /v1/sources/%2e%2e%2f%2e%2e%2fetc%2fpasswd HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"),
    ("invalid UTF-8 in the path", b"GET /v1/sources/%ff%fe HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"),
    ("a broken chunk", b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    ("a huge header", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: " + b"a" * 200_000 + b"\r\n\r\n"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "sent"), BAD, ids=[name for name, _ in BAD])
def test_bytes_that_are_no_request_break_nothing(client: httpx.Client, served_url: str, name: str, sent: bytes) -> None:
    try:
        status = raw(served_url, sent).split(b" ")[1]
    except ConnectionError:
        status = b"4"  # The service hung up on it, which is a refusal as well.
    assert status.startswith(b"4") or (name == "header injection" and status == b"200")
    assert client.get("/healthz").status_code == 200


def test_clients_that_go_away_leave_their_places(client: httpx.Client, served_url: str) -> None:
    host, port = served_url.removeprefix("http://").split(":")
    body = json.dumps({"question": QUESTION}).encode()
    for accept in (b"application/json", b"text/event-stream"):
        head = b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: " + accept
        for _ in range(40):
            with socket.create_connection((host, int(port)), timeout=10) as gone:
                gone.sendall(head + b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body)
                gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    deadline = time.monotonic() + 20
    while counted(client, "mentor_coach_turns_running") + counted(client, "mentor_coach_turns_waiting"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert ask(client, QUESTION)["kind"] == "answer"
