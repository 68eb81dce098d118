"""What a file is, by its content; and that nothing is passed on that its sender did not mean to show."""

import pytest

from apps.conversations.errors import BadInput, ConversationError, UnsupportedFile
from apps.conversations.files.scanning import scan
from tests.conversations.files import HTML, SECRET, SVG, gif, jpeg, pdf, png, png_text, webp

PICTURES = {"png": png, "jpeg": jpeg, "gif": gif, "webp": webp}


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_is_known_by_its_content_and_keeps_its_size(kind: str) -> None:
    scanned = scan(PICTURES[kind](640, 480))
    assert (scanned.kind, scanned.width, scanned.height) == (kind, 640, 480)
    again = scan(scanned.content)
    assert again == scanned  # what is kept is whole, and nothing more can be taken from it


def test_a_pdf_is_kept_as_it_is() -> None:
    """A signature in it covers every byte."""
    scanned = scan(pdf())
    assert (scanned.kind, scanned.content, scanned.width) == ("pdf", pdf(), None)


def test_bytes_that_fill_before_a_marker_are_part_of_the_scan() -> None:
    picture = jpeg()
    filled = picture[:-2] + b"\xff" * 5 + picture[-2:]
    content = scan(filled).content
    assert scan(content).content == content
    assert content.endswith(b"\xff" * 5 + b"\xff\xd9")


@pytest.mark.timeout(20)
@pytest.mark.parametrize("fill", [b"\xff", b"\xff\x00", b"\xff\xd0", b"\xff\xff\x00"])
def test_a_long_run_of_fill_is_read_once_and_not_from_each_of_its_bytes(fill: bytes) -> None:
    """A file of 5 MB that is read anew from each byte takes days; and meanwhile nobody else is served."""
    begun = jpeg()[:-2]
    with pytest.raises(BadInput):
        scan(begun + fill * (5_000_000 // len(fill)) + b"\x00")
    assert scan(begun + fill * (5_000_000 // len(fill)) + b"\xff\xd9").kind == "jpeg"


@pytest.mark.parametrize("kind", PICTURES)
def test_what_hangs_on_a_picture_is_not_passed_on(kind: str) -> None:
    archive = b"PK\x03\x04" + HTML
    content = scan(PICTURES[kind](after=archive)).content
    assert b"PK" not in content
    assert SECRET not in content
    assert b"script" not in content


def test_words_inside_a_picture_are_not_passed_on() -> None:
    assert b"script" not in scan(png(extra=png_text(HTML))).content
    assert b"script" not in scan(gif(comment=HTML)).content


@pytest.mark.parametrize(("turn", "size"), [(1, (640, 480)), (3, (640, 480)), (6, (480, 640))])
def test_a_photo_loses_where_it_was_taken_but_not_which_side_is_up(turn: int, size: tuple[int, int]) -> None:
    scanned = scan(jpeg(640, 480, turn=turn))
    assert (scanned.width, scanned.height) == size
    assert SECRET not in scanned.content
    assert (b"Exif" in scanned.content) == (turn != 1)
    assert scan(scanned.content) == scanned


@pytest.mark.parametrize(
    "data", [HTML, SVG, b"PK\x03\x04", b"MZ\x90", b"plain", b"\x00" * 100, b" " + pdf(), HTML + png()]
)
def test_any_other_kind_is_refused(data: bytes) -> None:
    with pytest.raises(UnsupportedFile):
        scan(data)


@pytest.mark.parametrize(
    "data",
    [
        *(make(16_000, 16_000) for make in PICTURES.values()),
        *(make(1, 60_000) for make in (png, jpeg, gif)),
        *(make(60_000, 2) for make in (png, jpeg, gif)),
        png(2**31 - 1, 2**31 - 1),
    ],
)
def test_a_small_file_with_a_huge_picture_is_refused(data: bytes) -> None:
    assert len(data) < 1_000
    with pytest.raises(BadInput) as refused:
        scan(data)
    assert refused.value.code == "image_too_big"


@pytest.mark.parametrize("whole", [png(), jpeg(), gif(), webp(), pdf()])
def test_half_a_file_is_damaged_wherever_it_was_cut(whole: bytes) -> None:
    for end in range(1, len(whole) - 1):
        with pytest.raises(ConversationError):
            scan(whole[:end])


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a/*", b"%PDF-1.4\n" + HTML, pdf(after=b"\nPK\x03\x04"), b"\xff\xd8\xff\xd9"]
)
def test_what_only_begins_like_its_kind_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        scan(data)


def test_a_byte_that_is_wrong_never_makes_more_than_a_refusal() -> None:
    for whole in (png(), jpeg(turn=6), gif(), webp(), pdf()):
        for at in range(len(whole)):
            for value in (0, 0xFF):
                try:
                    scan(whole[:at] + bytes([value]) + whole[at + 1 :])
                except ConversationError:
                    continue
