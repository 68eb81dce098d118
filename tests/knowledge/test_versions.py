"""Earlier versions are kept, compared and brought back; what answers now does so until the other is in."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.knowledge import services
from apps.knowledge.models import Document, DocumentVersion, KnowledgeBase, Upload
from apps.knowledge.services import CannotBringBack
from apps.knowledge.versions import KEPT, differences
from tests.knowledge.conftest import found, index, rows, work


def version(number: int) -> DocumentVersion:
    return DocumentVersion.objects.get(number=number)


def test_each_version_is_kept_with_its_file(base: KnowledgeBase) -> None:
    index(base, "# Returns\n\nWithin 14 days.")
    index(base, "# Returns\n\nWithin 30 days.")
    assert [(row.number, "14" in row.text) for row in DocumentVersion.objects.all()] == [
        (2, False),
        (1, True),
    ]
    assert version(1).upload.file.open().read() == b"# Returns\n\nWithin 14 days."


def test_the_same_again_is_no_version(base: KnowledgeBase) -> None:
    index(base, "# Returns\n\nWithin 14 days.")
    index(base, "# Returns\n\nWithin 14 days.\n\n")
    assert DocumentVersion.objects.count() == 1


def test_a_difference_is_told_line_by_line() -> None:
    lines = differences("a\nb\nc\nd\ne\nf\ng", "a\nb\nc\nD\ne\nf\ng")
    assert [(line.kind, line.text) for line in lines] == [
        ("same", "b"),
        ("same", "c"),
        ("removed", "d"),
        ("added", "D"),
        ("same", "e"),
        ("same", "f"),
    ]
    assert differences("a", "a") == []


def told(before: str, after: str) -> list[tuple[str, str]]:
    lines = differences(before, after)
    return [(line.kind, line.text) for line in lines if line.kind in ("added", "removed") and line.text]


def test_a_long_manual_is_compared_at_once() -> None:
    """With `difflib` alone, hours."""
    old = [f"Step {number} of the manual." for number in range(40_000)]
    new = [f"{line} New." if number % 100 == 0 else line for number, line in enumerate(old)]
    changes = told("\n\n".join(old), "\n\n".join(new))
    assert len(changes) == 800
    assert changes[2:4] == [("removed", old[100]), ("added", new[100])]


@given(st.lists(st.sampled_from("abcdef"), max_size=12), st.lists(st.sampled_from("abcdefg"), max_size=12))
def test_a_difference_leads_from_one_text_to_the_other(old: list[str], new: list[str]) -> None:
    """Of every line but those that are the same in both, and those once in their order."""
    before, after = Counter(old), Counter(new)
    for kind, line in told("\n".join(old), "\n".join(new)):
        (before if kind == "removed" else after).subtract([line])
    assert before == after


def test_one_is_brought_back_as_the_newest(base: KnowledgeBase) -> None:
    index(base, "# Returns\n\nWithin 14 days.")
    index(base, "# Returns\n\nWithin 30 days.")
    job = services.bring_back(version(1), by=None)
    assert found(base, "returns") == ["Within 30 days."]
    work(job)
    assert found(base, "returns") == ["Within 14 days."]
    assert Document.objects.get().version == 3


def test_a_version_whose_file_is_gone_is_told_so(base: KnowledgeBase) -> None:
    index(base, "# Returns\n\nWithin 14 days.")
    index(base, "# Returns\n\nWithin 30 days.")
    version(1).upload.delete_file()
    with pytest.raises(CannotBringBack, match="no longer on the disk"):
        services.bring_back(version(1), by=None)


def test_the_live_one_and_a_row_of_a_file_cannot_be(base: KnowledgeBase) -> None:
    index(base, "# Returns\n\nWithin 14 days.")
    with pytest.raises(CannotBringBack, match="answers now"):
        services.bring_back(version(1), by=None)
    index(base, rows({"id": "1", "title": "A", "text": "One."}), name="a.jsonl")
    index(base, rows({"id": "1", "title": "A", "text": "Two."}), name="a.jsonl")
    old = DocumentVersion.objects.get(number=1, document__external_id="1")
    with pytest.raises(CannotBringBack, match="row of a file"):
        services.bring_back(old, by=None)


def test_only_the_last_few_are_kept_and_their_files_with_them(base: KnowledgeBase) -> None:
    for days in range(KEPT + 4):
        index(base, f"# Returns\n\nWithin {days} days.")
    assert DocumentVersion.objects.count() == KEPT
    assert Upload.objects.count() in (KEPT, KEPT + 1)


def test_a_removed_document_leaves_no_version_and_no_file(base: KnowledgeBase) -> None:
    index(base, "# Returns\n\nWithin 14 days.")
    index(base, "# Returns\n\nWithin 30 days.")
    services.remove_document(Document.objects.get())
    assert not DocumentVersion.objects.exists()
    assert not Upload.objects.exists()
