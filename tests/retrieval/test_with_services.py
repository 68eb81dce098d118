"""Retrieval whole: a real Chroma server, the real word index and the home embedder."""

import uuid
from pathlib import Path

import pytest

from retrieval import (
    ChromaVectors,
    HomeEmbeddings,
    KnowledgeIndex,
    MemoryChunkStore,
    WordIndex,
    fingerprint,
    parse_file,
    split,
)

pytestmark = pytest.mark.services

HELP = {
    "returns.md": "# Returns\n\nYou may return unworn goods within 30 days.\n\n## Refunds\n\nCards are refunded within 5 days.\n",
    "faq.csv": "问题,答案,别名\n电子发票什么时候开？,订单完成后24小时内发送到邮箱。,开票时间|要发票\n怎么修改收货地址？,发货前可在订单页修改。,改地址\n",
    "codes.txt": "Error E-404 means that the scale has lost its network.\n\nError E-500 means that its battery is empty.\n",
}


@pytest.fixture
def index(chroma_url: str, tmp_path: Path) -> KnowledgeIndex:
    embedder, name, store = HomeEmbeddings(), uuid.uuid4().hex, MemoryChunkStore()
    index = KnowledgeIndex(
        name=name,
        store=store,
        vectors=ChromaVectors(url=chroma_url, name=name, fingerprint=fingerprint(embedder)),
        words=WordIndex(tmp_path / "words"),
        embedder=embedder,
    )
    for file, text in HELP.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
        for number, document in enumerate(parse_file(tmp_path / file, name=file)):
            chunks = split(document, document_id=f"{file}-{number}")
            index.add(chunks)
            store.put(chunks)
    return index


def test_questions_in_both_languages_find_their_passages(index: KnowledgeIndex) -> None:
    expected = {
        "How long do I have to return goods?": "You may return unworn goods within 30 days.",
        "when do I get my money back on my card": "Cards are refunded within 5 days.",
        "我想要发票": "订单完成后24小时内发送到邮箱。",
        "收货地址写错了怎么办": "发货前可在订单页修改。",
    }
    found = {question: index.search(question).passages[0].chunk.text for question in expected}
    assert found == expected
    assert index.search("what does E-500 mean?").passages[0].chunk.external_id == ""
    assert "E-500" in index.search("what does E-500 mean?").passages[0].chunk.text


def test_question_from_elsewhere_is_judged_irrelevant(index: KnowledgeIndex) -> None:
    asked = ["How long do I have to return goods?", "电子发票什么时候开"]
    foreign = ["Who won the world cup in 1998?", "明天上海天气怎么样", "write a poem about the moon"]
    least = min(index.search(question).passages[0].relevance for question in asked)
    most = max(passage.relevance for question in foreign for passage in index.search(question).passages)
    assert most < 0.3 < least


def test_index_is_sound_and_mended_after_its_collection_was_lost(index: KnowledgeIndex) -> None:
    assert index.verify().ok
    index.vectors.drop()
    assert not index.verify().ok
    assert index.rebuild().ok
