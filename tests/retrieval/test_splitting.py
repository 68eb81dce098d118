"""Documents into chunks."""

from dataclasses import replace

from retrieval import Faq, ParsedDocument, Section, Table, split
from retrieval.splitting import LARGEST, estimate_tokens


def document(
    *blocks: str | Table, heading_path: tuple[str, ...] = (), title: str = "Returns"
) -> ParsedDocument:
    return ParsedDocument(title=title, sections=(Section(heading_path=heading_path, blocks=blocks),))


def test_headings_travel_with_every_chunk() -> None:
    long = document(*["You may return goods within 30 days. " * 20] * 4, heading_path=("Returns", "When"))
    chunks = split(long, document_id="d")
    assert len(chunks) > 1
    assert {chunk.heading_path for chunk in chunks} == {("Returns", "When")}
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))


def test_no_chunk_is_larger_than_the_embedder_sees_and_no_word_is_lost() -> None:
    texts = [
        "七天内可以无理由退货，运费由买家承担。" * 60,
        "word " * 3000,
        "x" * 5000,
        "One sentence here. " * 200,
    ]
    chunks = split(document(*texts), document_id="d")
    assert max(estimate_tokens(chunk.text) for chunk in chunks) <= LARGEST * 1.2
    assert "".join("".join(chunk.text for chunk in chunks).split()) == "".join("".join(texts).split())


def test_chunks_end_with_sentences() -> None:
    chunks = split(document("This is a sentence about returns. " * 100), document_id="d")
    assert all(chunk.text.endswith(".") for chunk in chunks)


def test_short_document_stays_whole() -> None:
    assert [chunk.text for chunk in split(document("One.", "Two."), document_id="d")] == ["One.\n\nTwo."]


def test_table_rows_carry_their_column_names() -> None:
    english = Table(header=("Size", "Chest"), rows=(("M", "96 cm"), ("L", "")))
    chinese = Table(header=("尺码", "胸围"), rows=(("M", "96"),))
    texts = [split(document(table), document_id="d")[0].text for table in (english, chinese)]
    assert texts == ["Size: M; Chest: 96 cm\nSize: L", "尺码：M；胸围：96"]


def test_tables_drawn_with_bars_are_read_as_tables() -> None:
    drawn = "Parcels by weight:\n\n| Weight | Fee |\n|---|---:|\n| up to 1 kg | $4 |\n| up to 5 kg | $7 |\n\nNo more than 5 kg."
    readable = "Weight: up to 1 kg; Fee: $4\nWeight: up to 5 kg; Fee: $7"
    [chunk] = split(document(drawn), document_id="d")
    assert chunk.text == f"Parcels by weight:\n\n{readable}\n\nNo more than 5 kg."
    faq = Faq(question="Fees?", answer=drawn)
    [answer] = split(ParsedDocument(title="FAQ", faqs=(faq,)), document_id="d")
    assert answer.text == chunk.text


def test_bars_alone_draw_no_table() -> None:
    [chunk] = split(document("Choose A | B.\nPress | to go on."), document_id="d")
    assert chunk.text == "Choose A | B.\nPress | to go on."


def test_faq_is_one_chunk_whose_text_is_the_answer() -> None:
    faq = Faq(question="怎么退货？", answer="七天内申请。", aliases=("退货流程",))
    [chunk] = split(ParsedDocument(title="FAQ", faqs=(faq,)), document_id="d")
    assert (chunk.text, chunk.question, chunk.aliases, chunk.language) == (
        "七天内申请。",
        "怎么退货？",
        ("退货流程",),
        "zh",
    )


def test_unchanged_content_keeps_its_id_over_versions() -> None:
    old = ParsedDocument(
        title="T", sections=(Section(blocks=("Old.",)), Section(heading_path=("A",), blocks=("Same.",)))
    )
    new = replace(old, sections=(Section(blocks=("New.",)), *old.sections[1:]), url="https://shop.example")
    before, after = split(old, document_id="d"), split(new, document_id="d")
    assert before[0].id != after[0].id
    assert before[1].id == after[1].id


def test_equal_content_gets_ids_of_its_own() -> None:
    twice = ParsedDocument(title="T", sections=(Section(blocks=("Same.",)), Section(blocks=("Same.",))))
    ids = [chunk.id for chunk in split(twice, document_id="d")]
    assert len(set(ids)) == 2
    assert ids[0] != split(twice, document_id="another")[0].id


def test_aliases_of_a_document_go_with_its_first_chunk() -> None:
    long = replace(document("A sentence here. " * 300), aliases=("another name",))
    assert [bool(chunk.aliases) for chunk in split(long, document_id="d")][:2] == [True, False]
