"""Programs keep a site's knowledge: files in, replaced, out, and the chat's own search."""

from typing import Any

from asgiref.sync import sync_to_async

from apps.audit.kinds import Kind
from apps.audit.models import Entry
from apps.knowledge.jobs import indexing
from apps.knowledge.models import Document
from tests.api.program import Program
from tests.api.test_conversations import V1, code_of
from tests.conversations.cast import Cast

GUIDE = b"# Gift cards\n\nA gift card is valid for three years."


def file(content: bytes = GUIDE, *, name: str = "gifts.md") -> dict[str, Any]:
    return {"files": {"file": (name, content, "text/markdown")}}


async def add(program: Program, content: bytes = GUIDE, *, path: str = "documents", **data: Any) -> Any:
    response = await program.call("POST", V1 + path, data=data, **file(content))
    assert response.status_code == 202, response.text
    await sync_to_async(indexing.index_upload)(response.json()["job"]["id"])
    return response.json()


async def found(program: Program, question: str, **others: Any) -> list[str]:
    response = await program.post(f"{V1}search", {"question": question, **others})
    assert response.status_code == 200, response.text
    return [one["text"] for one in response.json()["passages"]]


async def test_a_document_comes_in_is_found_is_replaced_and_goes(shop_program: Program) -> None:
    taken = await add(shop_program)
    assert (taken["job"]["name"], taken["unchanged"]) == ("gifts.md", False)
    job = (await shop_program.get(f"{V1}jobs/{taken['job']['id']}")).json()
    assert job["state"] == "done"
    listed = (await shop_program.get(f"{V1}documents")).json()["documents"]
    document = next(one for one in listed if one["external_id"] == "gifts.md")
    assert (document["title"], document["state"], document["version"]) == ("Gift cards", "ready", 1)
    assert "three years" in (await found(shop_program, "How long is a gift card valid?"))[0]
    await add(shop_program, GUIDE.replace(b"three", b"five"), path=f"documents/{document['id']}/file")
    assert "five years" in (await found(shop_program, "How long is a gift card valid?"))[0]
    now = (await shop_program.get(f"{V1}documents/{document['id']}")).json()
    assert now["version"] == 2
    gone = await shop_program.call("DELETE", f"{V1}documents/{document['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert not any("gift card" in one for one in await found(shop_program, "How long is a gift card valid?"))
    log = [(one.kind, one.who) async for one in Entry.objects.exclude(kind=Kind.TOKEN_MADE).order_by("at")]
    assert log == [
        (Kind.TOKEN_USED, "Robot"),
        (Kind.TOKEN_USED, "Robot"),
        (Kind.DOCUMENT_DELETED, "Robot"),
    ]


async def test_the_same_file_again_changes_nothing(shop_program: Program) -> None:
    first, second = await add(shop_program, name="a/b.md"), await add(shop_program, name="a/b.md")
    assert second == {**first, "job": second["job"], "unchanged": True}
    assert second["job"]["id"] == first["job"]["id"]


async def test_what_is_for_colleagues_is_found_by_them_only(shop_program: Program) -> None:
    await add(shop_program, audience="internal")
    assert not any("gift" in one for one in await found(shop_program, "How long is a gift card valid?"))
    assert "gift" in (await found(shop_program, "How long is a gift card valid?", reader="colleague"))[0]


async def test_what_cannot_be_taken_is_refused(shop_program: Program, learned: Cast, settings: Any) -> None:
    async def send(path: str = "documents", **options: Any) -> tuple[int, str]:
        return code_of(await shop_program.call("POST", V1 + path, **options))

    assert await send(**file(b"")) == (400, "empty")
    assert (await send(**file(b"\x7fELF\x00\x00", name="x.exe")))[0] == 400
    assert await send(data={"name": "x"}) == (415, "json_only")
    assert await send(json={}) == (422, "invalid")
    assert await send(data={"audience": "all"}, **file()) == (422, "invalid")
    broken = {"Content-Type": "multipart/form-data"}
    assert await send(content=b"x", headers=broken) == (400, "bad_form")
    settings.MAX_DOCUMENT_BYTES = 10
    assert (await send(**file(b"x" * 100)))[1] == "too_large"
    assert await send(**file(b"x" * 80_000)) == (413, "too_large")
    row = await Document.objects.aget(knowledge_base=learned.shop.knowledge_base, external_id="returns")
    assert await send(f"documents/{row.pk}/file", **file(b"x")) == (409, "not_a_file")
