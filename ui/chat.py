"""The page's Gradio components, and what they call when something is done on them."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ui.page import parts, render

STARTERS = (
    "How do the National Academies define mentorship?",
    "Do men with women mentors feel accepted?",
    "She feels like a fraud since her promotion",
    "Does peer mentoring help nursing students with stress?",
    "Are some mentoring relationships better than others?",
)
_NOTICE = """<p><span class="wide">Answers come only from this library.</span> This is no crisis service:
if someone may be in danger, call your local emergency number.</p>"""


def build_page(
    reader: str | None = None, retention_days: int | None = None, *, enriched: bool = True, guarded: bool = False
) -> gr.Blocks:
    """The page; it says which language model, the `reader`, sees what is asked, and how long that is kept.

    `enriched`: that model also writes for added papers. `guarded`: people log in with a key, and can log out.

    Its script asks the service and holds the conversation on screen; Gradio's own queue is not used.

    docs/decisions/008 says why.
    """
    page = gr.Blocks(title="Mentor Coach", fill_height=True, fill_width=True, analytics_enabled=False)
    with page:
        gr.HTML(parts.masthead(), elem_id="masthead", apply_default_css=False)
        conversation = gr.Chatbot(
            label="Conversation",
            show_label=False,
            elem_id="conversation",
            height="100%",
            autoscroll=False,
            placeholder=parts.welcome(STARTERS),
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
            stop = gr.Button("Stop", elem_id="stop", scale=0, min_width=88)
        gr.HTML(_NOTICE + render.kept_html(reader, retention_days), elem_id="notice", apply_default_css=False)
        kept = render.papers_kept(reader, enriched=enriched)
        gr.HTML(parts.panels(kept, guarded=guarded), elem_id="panels", apply_default_css=False)
        show = gr.Button("Show", elem_id="show", visible="hidden")

        # Nothing is waited for here that Gradio could show a progress of.
        quietly: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        gr.on(
            [box.submit, send.click],
            None,
            inputs=[box],
            outputs=[box],
            js="(question) => window.mentorCoach.send(question)",
            **quietly,
        )
        stop.click(None, js="() => window.mentorCoach.stop()", **quietly)
        show.click(None, outputs=[conversation], js="() => window.mentorCoach.messages()", **quietly)
    return page


def mount_options() -> dict[str, Any]:
    """What `gr.mount_gradio_app(app, page, path="/", **mount_options())` needs for this page."""
    return {
        "theme": gr.themes.Base(
            font=[gr.themes.LocalFont("Source Sans Pro", weights=(400, 700)), "system-ui", "sans-serif"],
            font_mono=["ui-monospace", "monospace"],
        ),
        "head": parts.head(),
        "footer_links": [],
        "run_history": False,
        "show_error": False,
        "ssr_mode": False,
        "mcp_server": False,
        "pwa": False,
        "enable_monitoring": False,
        "max_file_size": "1kb",
    }
