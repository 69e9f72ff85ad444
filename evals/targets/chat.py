"""Any OpenAI-compatible chat as a target: its text, inline `[n]`, annotations and `x_sources` read as a reply."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

import httpx

from corpus.passages import sentences
from evals.reply import Cited, Hit, PassageText, Reply, Said
from evals.targets import NotOfferedError, TargetError
from evals.texts import founding_titles, normal

_NAMED = re.compile(r"openai:(https?://[^/\s]+/[^:\s]*|https?://[^/\s]+):(\S+)")
_MARKERS = re.compile(r"(?:\s*(?<!\\)\[\d+(?:\s*,\s*\d+)*\])+")
_QUOTED = re.compile(r"[“\"]([^”\"]{12,})[”\"]")
_WORD = re.compile(r"[^\W\d_]{2,}")
# A label, a heading, framing before a list, and advice that is marked as such state nothing about research.
_NO_STATEMENT = re.compile(r"^\s*(?:#|>|\|)|:\**\s*$|^\s*\*[^*]+\*\s*$|^\s*\**\(?suggestion", re.IGNORECASE)
_EMPHASIS = re.compile(r"\*[^*“”]{1,40}\*|\(a paraphrase of “[^”]*”\)")
REFUSAL = re.compile(
    r"\b(?:(?:do(?:es)?|did|can) ?(?:not|n't|n’t) (?:answer|cover|know|contain|address|provide|find|have)"
    r"|not covered|no (?:information|evidence|mention)|cannot answer|unable to (?:answer|find)"
    r"|outside (?:of )?(?:my|the) (?:scope|library|sources)|(?:context|passages|sources) (?:do|does) not)\b",
    re.IGNORECASE,
)
"""Words of a refusal. A target that tells no kind abstains where it uses them and cites nothing."""


class Chat:
    """A chat completions server; whole answers, so that no first claim is timed."""

    def __init__(self, base_url: str, model: str, timeout: float, key: str | None = None) -> None:
        self.name = f"openai:{base_url}:{model}"
        self._model = model
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(base_url=base_url.rstrip("/") + "/", timeout=timeout, headers=headers)

    @classmethod
    def named(cls, name: str, timeout: float, key: str | None = None) -> Chat:
        """The target that `openai:BASE_URL:MODEL` names; raises `TargetError`."""
        found = _NAMED.fullmatch(name)
        if found is None:
            raise TargetError(f"{name!r} is no target. Name one as openai:http://127.0.0.1:8080/v1:MODEL.")
        return cls(found[1], found[2], timeout, key)

    def close(self) -> None:
        self._client.close()

    def ask(self, turns: Sequence[str]) -> list[Reply]:
        messages: list[dict[str, str]] = []
        replies: list[Reply] = []
        for turn in turns:
            messages.append({"role": "user", "content": turn})
            started = time.perf_counter()
            message = self._complete(messages)
            reply = read(message, time.perf_counter() - started, self._model)
            messages.append({"role": "assistant", "content": reply.text})
            replies.append(reply)
        return replies

    def search(self, query: str, top_k: int) -> list[Hit]:
        raise NotOfferedError("a chat offers no search")

    def passage(self, passage_id: str) -> PassageText:
        raise NotOfferedError("a chat shows no passages")

    def _complete(self, messages: list[dict[str, str]]) -> Mapping[str, Any]:
        try:
            response = self._client.post("chat/completions", json={"model": self._model, "messages": messages})
            response.raise_for_status()
            body = response.json()
            message = body["choices"][0]["message"]
            # Beside the choices, where a server tells its sources once for the whole answer.
            found = {name: body.get(name) for name in ("x_sources", "x_kind") if body.get(name) is not None}
            if not isinstance(message["content"], str):
                raise TypeError("its content is no text")
        except httpx.HTTPError as error:
            raise TargetError(f"no answer ({type(error).__name__}: {error})") from error
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            raise TargetError(f"the answer is no chat completion ({type(error).__name__}: {error})") from error
        return found | dict(message)


def read(message: Mapping[str, Any], seconds: float, model: str) -> Reply:
    """A chat message as a reply."""
    text = message["content"]
    citations = {cited.number: cited for cited in _told(message)}
    statements: list[Said] = []
    for said, quote in _statements(text):
        statements.append(said)
        for number in said.citations:
            known = citations.get(number, Cited(number=number))
            if known.quote is None and quote is not None:
                known = known.model_copy(update={"quote": quote})
            citations[number] = known
    kind = message.get("x_kind")
    told = kind in ("answer", "abstention", "safety", "chat")
    if not told:
        cited = any(said.citations for said in statements)
        kind = "abstention" if not cited and REFUSAL.search(text) else "answer"
    return Reply(
        kind=kind,
        kind_told=told,
        text=text,
        statements=statements if kind == "answer" else [],
        citations=list(citations.values()),
        model=model,
        whole_s=seconds,
    )


def _told(message: Mapping[str, Any]) -> Iterator[Cited]:
    """Citations from `x_sources`, else from the annotations, numbered in order where they name no number."""
    titles = founding_titles()
    sources = message.get("x_sources")
    if isinstance(sources, list) and sources:
        for place, item in enumerate(sources, start=1):
            if not isinstance(item, dict):
                continue
            nested = item["source"] if isinstance(item.get("source"), dict) else item
            title = nested.get("title") or nested.get("source_title")
            yield Cited(
                number=item["number"] if isinstance(item.get("number"), int) else place,
                passage_id=_text(item.get("passage_id")),
                source_id=_text(item.get("source_id")) or _text(nested.get("id")) or titles.get(normal(str(title))),
                quote=_text(item.get("quote")),
            )
        return
    annotations = message.get("annotations")
    for place, item in enumerate(annotations if isinstance(annotations, list) else [], start=1):
        cited = item.get("url_citation") if isinstance(item, dict) else None
        if isinstance(cited, dict):
            title = normal(str(cited.get("title", "")))
            source = next((source for known, source in titles.items() if known in title), None)
            yield Cited(number=place, source_id=source)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _statements(text: str) -> Iterator[tuple[Said, str | None]]:
    """Each sentence with the numbers right after it, and the quote that it holds, if any."""
    for line in text.split("\n"):
        line = re.sub(r"^\s*(?:[-*•]|\d+[.)])\s+", "", line)
        if _NO_STATEMENT.search(line):
            continue
        at = 0
        for match in [*_MARKERS.finditer(line), None]:
            part = line[at : match.start() if match else len(line)]
            numbers = [int(number) for number in re.findall(r"\d+", match.group())] if match else []
            at = match.end() if match else len(line)
            plain = _EMPHASIS.sub("", part).strip()
            # A quotation of several sentences is one statement; its numbers are for the whole of it.
            found = [plain] if _one_quotation(plain) else [span.of(plain) for span in sentences(plain)]
            found = [said.strip().lstrip(".,; ") for said in found if _WORD.search(said)]
            for place, said in enumerate(found):
                last = place == len(found) - 1
                if said.endswith("?") and not (last and numbers):
                    continue
                quoted = _QUOTED.search(said)
                quote = quoted[1] if quoted else None
                whole = said.strip("*_ ")
                if _one_quotation(whole):
                    whole = quote = whole[1:-1]
                yield Said(text=whole, citations=numbers if last else []), quote if last and numbers else None


def _one_quotation(text: str) -> bool:
    """Whether one pair of quotation marks holds all of it, whatever is quoted inside."""
    if re.fullmatch(r'"[^"]+"', text):
        return True
    depths = list(accumulate((mark == "“") - (mark == "”") for mark in text))
    return text.startswith("“") and depths[-1] == 0 and 0 not in depths[:-1]
