"""`POST /v1/sources`, `GET /v1/jobs/{id}`, `DELETE /v1/sources/{id}`: changing the library."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from coach.jobs import WAITING, Job
from coach.keys import Scope
from coach.progress import Progress
from coach.uploads import MAX_BYTES, MAX_FILES, Upload
from ui.api.guard import requires, same_site
from ui.api.kinds import READ, WRITE
from ui.api.problems import responses
from ui.api.schemas import JobDetail
from ui.loading import Loading

# What multipart adds to the files themselves.
MAX_BODY = MAX_BYTES + 1024 * 1024
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {
                            "type": "array",
                            "minItems": 1,
                            "items": {"type": "string", "contentMediaType": "application/octet-stream"},
                        }
                    },
                },
            }
        },
    }
}


async def from_own_page(request: Request) -> None:
    """Refuse what a page of another site sends."""
    if not same_site(request.scope):
        raise HTTPException(403, "The library is not changed by pages of other sites")


async def _form(request: Request) -> None:
    """Refuse before a byte is read what is no form."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise HTTPException(415, f"This route reads multipart/form-data, not {kind or 'an untyped body'!r}")


def router(loading: Loading) -> APIRouter:
    routes = APIRouter(tags=["library"], prefix="/v1", dependencies=[requires(Scope.MANAGE)])

    @routes.post(
        "/sources",
        status_code=202,
        dependencies=[Depends(from_own_page), Depends(_form)],
        responses=responses(
            "forbidden", "too-large", "upload-too-large", "unsupported-media-type", "invalid-upload", *WRITE
        ),
        openapi_extra=_FORM,
    )
    async def upload(request: Request, response: Response) -> JobDetail:
        """Add documents (PDF, DOCX, HTML, Markdown, text) to the library, in form fields called `files`.

        BibTeX, RIS and CSL-JSON files among them describe the others: of the same name, or by DOI or title. A document
        of a name that was uploaded before takes its place. The answer names a job; ask `GET /v1/jobs/{id}` how it goes.
        """
        async with request.form(max_files=MAX_FILES, max_fields=MAX_FILES) as form:
            parts = [part for part in form.getlist("files") if isinstance(part, UploadFile)]
            files = [Upload(part.filename or "", part.file) for part in parts]
            job = await run_in_threadpool(lambda: loading.library().submit(files))
        response.headers["Location"] = f"/v1/jobs/{job.id}"
        return detail(job, None)

    @routes.get("/jobs/{job_id}", responses=responses("unknown-job", "invalid-request", *READ))
    def job(job_id: str) -> JobDetail:
        """How far a job is, and what became of each file; a source answers questions once its file is settled."""
        library = loading.library()
        return detail(library.job(job_id), library.progress(job_id))

    @routes.delete(
        "/sources/{source_id}",
        status_code=204,
        dependencies=[Depends(from_own_page)],
        responses=responses("forbidden", "unknown-source", "founding-source", "invalid-request", *WRITE),
    )
    def delete(source_id: str) -> None:
        """Delete an own source everywhere: from here on nothing cites it, and none of its words are stored."""
        loading.library().remove([source_id])

    return routes


def detail(job: Job, progress: Progress | None) -> JobDetail:
    """A job as the API shows it."""
    left = progress.seconds_left if progress else None
    settled = sum(file.status != WAITING for file in job.files)
    return JobDetail.model_validate(
        {
            "id": job.id,
            "state": job.state.value,
            "created_at": job.created_at,
            "finished_at": job.finished_at,
            "reason": job.reason,
            "done": max(settled, progress.done) if progress else settled,
            "total": len(job.files),
            "per_second": round(progress.per_second, 2) if progress else None,
            "seconds_left": round(left, 1) if left is not None else None,
            "counts": job.counts,
            "files": [asdict(file) for file in job.files],
        }
    )
