"""The clients of `evals.load`, as locust runs them: each asks the next question as soon as the last is answered."""

from __future__ import annotations

import random

from locust import FastHttpUser, constant, task

from evals.case import load_cases

_QUESTIONS = [case.turns[0] for case in load_cases("dev")]


class Mentor(FastHttpUser):
    wait_time = constant(0)

    @task
    def ask(self) -> None:
        question = random.choice(_QUESTIONS)
        with self.client.post("/v1/ask", json={"question": question}, name="answered", catch_response=True) as response:
            if (
                response.status_code == 503
                and "overloaded" in (response.text or "")
                and response.headers["Retry-After"]
            ):
                # A refusal that says when to come again is what overload should get; it is counted by itself.
                response.request_meta["name"] = "refused"
                response.success()
