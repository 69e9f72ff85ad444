"""The pipeline to beat: one Chroma similarity retriever and one prompt over the founding library, nothing verified."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from chromadb.config import Settings as ChromaSettings
from langchain_chroma import Chroma
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable, RunnableLambda, RunnablePassthrough

from coach.models import open_model
from coach.settings import Settings
from evals.reply import Cited, Hit, PassageText, Reply
from evals.targets import TargetError
from evals.targets.chat import read
from evals.texts import founding_entries
from retrieval.embedder import Embedder

K = 4
"""Passages retrieved: the default of LangChain's retrievers."""
_PROMPT = ChatPromptTemplate.from_messages(
    [
        (
            "system",
            "Answer the question from the numbered passages only, and put the passage's number in square brackets "
            "after each sentence. If they do not answer it, say that you do not know.\n\n{context}",
        ),
        ("human", "{question}"),
    ]
)


class Baseline:
    """Without a chat model in the settings it quotes what it retrieved; with one, the model writes."""

    def __init__(self, settings: Settings, k: int = K) -> None:
        model = open_model(settings)
        self._model = model.name if model else "none"
        self.name = "baseline" + (f":{k}" if k != K else "") + (f" with {model.name}" if model else "")
        self._passages = {
            passage.id: PassageText(id=passage.id, source_id=entry.source.id, text=passage.text)
            for entry in founding_entries()
            for passage in entry.passages
        }
        documents = [
            Document(passage.text, id=passage.id, metadata={"source_id": passage.source_id})
            for passage in self._passages.values()
        ]
        self._store = Chroma.from_documents(
            documents,
            Embedder(settings.embedding_model, settings.threads),
            collection_name="baseline",
            collection_configuration={"hnsw": {"space": "cosine"}},
            client_settings=ChromaSettings(anonymized_telemetry=False),
        )
        retriever = self._store.as_retriever(search_kwargs={"k": k})
        write: Runnable[Any, str] = RunnableLambda(_quoting)
        if model is not None:
            numbered = itemgetter("documents") | RunnableLambda(_numbered)
            filled = {"context": numbered, "question": itemgetter("question")} | _PROMPT
            write = filled | model.chat | StrOutputParser()
        found = {"documents": retriever, "question": RunnablePassthrough()}
        self._chain = found | RunnablePassthrough.assign(text=write)

    def ask(self, turns: Sequence[str]) -> list[Reply]:
        """Every turn by itself: the plainest pipeline has no history."""
        return [self._answer(turn) for turn in turns]

    def search(self, query: str, top_k: int) -> list[Hit]:
        found = self._store.similarity_search(query, k=top_k)
        return [Hit(passage_id=str(item.id), source_id=item.metadata["source_id"]) for item in found]

    def passage(self, passage_id: str) -> PassageText:
        return self._passages[passage_id]

    def _answer(self, question: str) -> Reply:
        started = time.perf_counter()
        try:
            found = self._chain.invoke(question)
        except Exception as error:
            raise TargetError(f"no answer ({type(error).__name__}: {error})") from error
        sources = [
            Cited(
                number=number,
                passage_id=str(item.id),
                source_id=item.metadata["source_id"],
                quote=item.page_content if self._model == "none" else None,
            ).model_dump()
            for number, item in enumerate(found["documents"], start=1)
        ]
        reply = read({"content": found["text"], "x_sources": sources}, time.perf_counter() - started, self._model)
        used = {number for said in reply.statements for number in said.citations}
        return reply.model_copy(update={"citations": [cited for cited in reply.citations if cited.number in used]})


def _quoting(found: dict[str, list[Document]]) -> str:
    # One line a passage: a passage's own line breaks and brackets are no structure of the answer.
    lines = (re.sub(r"\s+", " ", re.sub(r"\[(?=\d)", "(", item.page_content)) for item in found["documents"])
    return "\n".join(f"- “{line}” [{number}]" for number, line in enumerate(lines, start=1))


def _numbered(documents: list[Document]) -> str:
    return "\n\n".join(f"[{number}] {item.page_content}" for number, item in enumerate(documents, start=1))
