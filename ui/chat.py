"""The chat page: its Gradio components, and the turn that takes a question to a finished answer on screen."""

from __future__ import annotations

import json
import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import gradio as gr

from coach.answers import Answer, Citation, Claim, ClaimEvent, Done, Guidance, GuidanceEvent, Status
from coach.errors import CoachError
from ui import library, render
from ui.failures import told

if TYPE_CHECKING:
    from coach.coach import Coach

logger = logging.getLogger(__name__)

STARTERS = (
    "How do the National Academies define mentorship?",
    "Do men with women mentors feel accepted?",
    "She feels like a fraud since her promotion",
    "Does peer mentoring help nursing students with stress?",
    "Are some mentoring relationships better than others?",
)
LOADING = "The coach is still loading its model; your question is waiting its turn."
READING = "Reading your question …"
BROKEN = "Something went wrong on our side, and it has been noted in the service's log. Please try again."
_PATIENCE_S = 0.3
_AT_ONCE = 32
_WAITING = 256

_MASTHEAD = """<header><h1>Mentor Coach</h1>
<p>Answers from mentoring research, each sentence with the passage it stands on.</p></header>"""
_NOTICE = """<p><span class="wide">Answers come only from this library.</span> This is no crisis service:
if someone may be in danger, call your local emergency number.</p>"""
_SOURCES = """<section aria-label="Sources"><div class="bar"><h2>Sources</h2>
<button type="button" class="close" aria-label="Close the sources">Close</button></div>
<div class="shown"><p class="note">Choose a number in an answer to read the passage behind it.</p></div></section>"""

Update = tuple[Any, Any, Any]
"""New values of the question box, the delivery to `page.js` and the conversation's id."""


def build_page(
    coach: Callable[[], Coach],
    owner_of: Callable[[gr.Request], str],
    reader: str | None = None,
    retention_days: int | None = None,
) -> gr.Blocks:
    """The page; `coach` blocks until the coach is ready, `owner_of` says whom a request's conversations belong to,
    `reader` which language model sees what is asked, `retention_days` how long it is kept.

    The server keeps nothing between turns and sends only the turn at hand: the browser holds the conversation.
    """

    def ask(question: str, conversation_id: str, request: gr.Request) -> Iterator[Update]:
        if not question.strip():
            yield gr.skip(), gr.skip(), gr.skip()
            return
        turn = _Turn(question)
        yield "", turn.shown_as(render.status_html(READING)), gr.skip()
        try:
            loading = _start(coach)
            if not _ready(loading):
                yield gr.skip(), turn.shown_as(render.status_html(LOADING)), gr.skip()
            yield from turn.updates(loading.result(), conversation_id or None, owner_of(request))
        except CoachError as error:
            yield gr.skip(), turn.failed(str(error)), gr.skip()
        except Exception as error:  # noqa: BLE001 - the reader is told
            logger.error("A question on the page could not be answered: %s", told(error))
            yield gr.skip(), turn.failed(BROKEN), gr.skip()

    page = gr.Blocks(title="Mentor Coach", fill_height=True, fill_width=True, analytics_enabled=False)
    with page:
        with gr.Row(elem_id="masthead"):
            gr.HTML(_MASTHEAD, elem_id="brand", apply_default_css=False)
            library.open_button()
            new = gr.Button("New conversation", elem_id="new", size="sm", scale=0)
        conversation = gr.Chatbot(
            label="Conversation",
            show_label=False,
            elem_id="conversation",
            height="100%",
            autoscroll=False,
            placeholder=render.welcome_html(STARTERS),
            layout="panel",
            buttons=[],
            feedback_options=None,
            latex_delimiters=[],
            line_breaks=False,
            allow_file_downloads=False,
        )
        with gr.Row(elem_id="composer"):
            box = gr.Textbox(
                label="Your question",
                show_label=False,
                elem_id="question",
                placeholder="Ask in your own words",
                lines=1,
                max_lines=6,
                autofocus=True,
                container=False,
                scale=1,
            )
            send = gr.Button("Send", elem_id="send", variant="primary", scale=0, min_width=88)
        gr.HTML(_NOTICE + render.kept_html(reader, retention_days), elem_id="notice", apply_default_css=False)
        library.panel()
        gr.HTML(_SOURCES, elem_id="sources", apply_default_css=False)
        delivery = gr.HTML(elem_id="delivery", html_template="")
        conversation_id = gr.Textbox(visible="hidden", elem_id="conversation-id", label="Conversation id")

        asked = gr.on(
            [box.submit, send.click],
            ask,
            inputs=[box, conversation_id],
            outputs=[box, delivery, conversation_id],
            js="(question, id) => window.mentorCoach.sending(question, id)",
            show_progress="hidden",
            concurrency_limit=_AT_ONCE,
            api_visibility="private",
        )
        delivery.change(
            None,
            inputs=[delivery, conversation],
            outputs=[conversation],
            js="(sent, shown) => window.mentorCoach.receive(sent, shown)",
        )
        new.click(
            None,
            outputs=[box, delivery, conversation, conversation_id],
            js="() => window.mentorCoach.restart()",
            cancels=[asked],
        )
    page.queue(api_open=False, max_size=_WAITING, default_concurrency_limit=_AT_ONCE)
    return page


def mount_options() -> dict[str, Any]:
    """What `gr.mount_gradio_app(app, page, path="/", **mount_options())` needs for this page."""
    here = resources.files("ui")
    # In the head and not as `css=`: Gradio prefixes what it is given, which breaks rules on the page itself.
    style = here.joinpath("theme.css").read_text("utf-8")
    script = here.joinpath("page.js").read_text("utf-8")
    return {
        "theme": gr.themes.Base(
            font=[gr.themes.LocalFont("Source Sans Pro", weights=(400, 700)), "system-ui", "sans-serif"],
            font_mono=["ui-monospace", "monospace"],
        ),
        "head": f"<style>{style}</style><script>{script}</script><script>{library.script()}</script>",
        "footer_links": [],
        "run_history": False,
        "show_error": False,
        "ssr_mode": False,
        "mcp_server": False,
        "pwa": False,
        "enable_monitoring": False,
        "max_file_size": "1kb",
    }


class _Turn:
    """One question on its way to its answer: what has arrived so far, and how the page shows it."""

    def __init__(self, question: str) -> None:
        self._question = question
        self._claims: list[Claim] = []
        self._citations: dict[int, Citation] = {}
        self._guidance: list[Guidance] = []
        self._status = READING
        self._key = f"live-{uuid.uuid4().hex[:8]}"

    def shown_as(self, html: str, cards: str = "", failed: bool = False) -> str:
        """This turn as `page.js` receives it, the whole of it each time."""
        question = render.question_html(self._question)
        return json.dumps({"turn": self._key, "question": question, "answer": html, "cards": cards, "failed": failed})

    def failed(self, message: str) -> str:
        return self.shown_as(render.failure_html(message), failed=True)

    def updates(self, coach: Coach, conversation_id: str | None, owner: str) -> Iterator[Update]:
        """What to show after each of the coach's events."""
        read = cache(coach.passage_text)
        for event in coach.stream(self._question, conversation_id=conversation_id, owner=owner):
            match event:
                case Done(answer=answer):
                    yield gr.skip(), self._finished(answer, read), answer.conversation_id
                    return
                case ClaimEvent(claim=claim, citations=citations):
                    self._claims.append(claim)
                    self._citations |= {citation.number: citation for citation in citations}
                case GuidanceEvent(guidance=guidance):
                    self._guidance = list(guidance)
                case Status(message=message):
                    self._status = message
            yield gr.skip(), self._partial(read), gr.skip()

    def _partial(self, read: Callable[[str], str]) -> str:
        if not self._claims and not self._guidance:
            return self.shown_as(render.status_html(self._status))
        html = render.partial_html(self._claims, self._guidance, self._status, self._key)
        return self.shown_as(html, render.cards_html(list(self._citations.values()), self._claims, read, self._key))

    def _finished(self, answer: Answer, read: Callable[[str], str]) -> str:
        cards = render.cards_html(answer.citations, answer.claims, read, render.anchor(answer.turn_id))
        return self.shown_as(render.answer_html(answer, read), cards + render.nearest_cards_html(answer, read))


def _start(coach: Callable[[], Coach]) -> Future[Coach]:
    """Ask for the coach in a thread that does not keep the process alive."""
    result: Future[Coach] = Future()

    def wait() -> None:
        try:
            result.set_result(coach())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that asked
            result.set_exception(error)

    threading.Thread(target=wait, name="coach-wait", daemon=True).start()
    return result


def _ready(coach: Future[Coach]) -> bool:
    try:
        coach.exception(timeout=_PATIENCE_S)
    except NotYet:
        return False
    return True
