"""The knowledge of the token's site: documents, the jobs that index them, and the chat's own search."""

import asyncio
from typing import Annotated, Any

from django.db import transaction
from django.http import HttpRequest
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile

from apps.api.access import BearerToken, token_of
from apps.api.conversations import address_of, uuid_of
from apps.api.paging import Cursor, Limit, page_of
from apps.api.refusals import Refused
from apps.api.rest_errors import refusing
from apps.api.schemas import Audience, DocumentOut, DocumentsOut, FoundOut, JobOut, SearchIn, TakenInOut
from apps.audit.kinds import Kind
from apps.conversations.live.database import SEARCHERS, in_database
from apps.conversations.replying import trials
from apps.conversations.texts import check_text
from apps.integrations.faces import Face, document_as_json, job_as_json
from apps.integrations.models import AccessToken, Scope
from apps.integrations.tokens import record_use
from apps.knowledge import queries, services
from apps.knowledge.chunk_store import Reader
from apps.knowledge.models import Document, IndexJob
from apps.knowledge.naming import holds_rows

router = Router()
reads = BearerToken(Scope.KNOWLEDGE_READ)
writes = BearerToken(Scope.KNOWLEDGE_WRITE)


# --- Reading ------------------------------------------------------------------------------------------------


@router.get("documents", auth=reads, response={200: DocumentsOut, **refusing(400, 422)})
async def list_documents(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> Any:
    """The site's documents, the newest first."""
    return await in_database(documents_as_json, token_of(request), cursor=cursor, limit=limit)


def documents_as_json(token: AccessToken, *, cursor: str, limit: int) -> Face:
    rows = queries.documents_in(token.site.knowledge_base)
    page = page_of(rows, by="created_at", cursor=cursor, limit=limit)
    return {"documents": [document_as_json(row) for row in page.rows], "next_cursor": page.next_cursor}


@router.get("documents/{document_id}", auth=reads, response={200: DocumentOut, **refusing(404)})
async def show_document(request: HttpRequest, document_id: str) -> Any:
    """One document, and whether it can be found yet."""
    return document_as_json(await in_database(own_document, token_of(request), document_id))


@router.get("jobs/{job_id}", auth=reads, response={200: JobOut, **refusing(404)})
async def show_job(request: HttpRequest, job_id: str) -> Any:
    """How far a file is."""
    return job_as_json(await in_database(own_job, token_of(request), job_id))


@router.post("search", auth=reads, response={200: FoundOut, **refusing(400, 413, 415, 422)})
async def search(request: HttpRequest, body: SearchIn) -> Any:
    """What the chat would find for a question, the most relevant first."""
    question = trials.Question("", check_text(body.question))
    searching = SEARCHERS.submit(
        trials.searched, token_of(request).site, question, limit=body.limit, reader=Reader(body.reader)
    )
    found = await asyncio.wrap_future(searching)
    return {"passages": [trials.passage_row(passage) for passage in found.passages]}


# --- Writing ------------------------------------------------------------------------------------------------


@router.post("documents", auth=writes, response={202: TakenInOut, **refusing(400, 404, 409, 413, 415, 422)})
async def add_document(
    request: HttpRequest,
    file: Annotated[UploadedFile, File()],
    name: Annotated[str, Form(max_length=1000, description="Without it: the file's own")] = "",
    audience: Annotated[Audience, Form(description="Of documents that are new")] = "public",
) -> Any:
    """Takes a file in. The same name again is a new version; the same content again changes nothing."""
    taken = in_database(taken_in, request, file=file, name=name or file.name or "", audience=audience)
    return Status(202, await taken)


@router.post(
    "documents/{document_id}/file",
    auth=writes,
    response={202: TakenInOut, **refusing(400, 404, 409, 413, 415, 422)},
)
async def replace_document(
    request: HttpRequest, document_id: str, file: Annotated[UploadedFile, File()]
) -> Any:
    """A new version of this document. The old one answers until the new one is ready."""
    document = await in_database(own_document, token_of(request), document_id)
    if holds_rows(document.upload.name) or document.upload.origin != "file":
        raise Refused("not_a_file")
    taken = in_database(taken_in, request, file=file, name=document.upload.name, audience=document.audience)
    return Status(202, await taken)


def taken_in(request: HttpRequest, *, file: UploadedFile, name: str, audience: str) -> Face:
    token = token_of(request)
    job = services.add_upload(
        token.site.knowledge_base, file=file, name=name, by=token.member.user, audience=audience
    )
    # Not in one transaction with the file, which takes its time: others would wait for both.
    record_use(
        token, Kind.TOKEN_USED, subject=job.upload.name, detail="add_document", address=address_of(request)
    )
    return {"job": job_as_json(job), "unchanged": job.unchanged}


@router.delete(
    "documents/{document_id}", auth=writes, response={204: None, **refusing(400, 404, 409, 413, 415)}
)
async def remove_document(request: HttpRequest, document_id: str) -> Any:
    """From now on no search finds it."""
    await in_database(removed, request, document_id)
    return Status(204, None)


@transaction.atomic
def removed(request: HttpRequest, document_id: str) -> None:
    token = token_of(request)
    document = own_document(token, document_id)
    services.remove_document(document)
    record_use(token, Kind.DOCUMENT_DELETED, subject=document.title, address=address_of(request))


# --- Own rows -----------------------------------------------------------------------------------------------


def own_document(token: AccessToken, document_id: str) -> Document:
    rows = queries.documents_in(token.site.knowledge_base)
    document = rows.filter(pk=uuid_of(document_id)).first()
    if document is None:
        raise Refused("not_found")
    return document


def own_job(token: AccessToken, job_id: str) -> IndexJob:
    job = queries.jobs_in(token.site.knowledge_base).filter(pk=uuid_of(job_id)).first()
    if job is None:
        raise Refused("not_found")
    return job
