"""Where sentences end, in English and in Chinese."""

import pytest

from retrieval import split_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It costs $3.50. Pay now!", ["It costs $3.50.", "Pay now!"]),
        (
            "Dr. Smith left at 5 p.m. on Jan. 5. He came back.",
            ["Dr. Smith left at 5 p.m. on Jan. 5.", "He came back."],
        ),
        (
            "See https://shop.example/a.html?x=1. Then pay.",
            ["See https://shop.example/a.html?x=1.", "Then pay."],
        ),
        ("Wait... Really?! Yes.", ["Wait...", "Really?!", "Yes."]),
        ('He said "No." Then he left.', ['He said "No."', "Then he left."]),
        ("Version 2.0.1 is out. Get it.", ["Version 2.0.1 is out.", "Get it."]),
        ("退款需要3.5天。真的吗？是的！", ["退款需要3.5天。", "真的吗？", "是的！"]),
        ("他说：“可以退。”然后走了。", ["他说：“可以退。”", "然后走了。"]),
        ("请稍等……马上就好。", ["请稍等……", "马上就好。"]),
        ("一、选择商品；二、付款。", ["一、选择商品；", "二、付款。"]),
        (
            "1. Open the box.\n2. Press the button.\n- Done",
            ["1. Open the box.", "2. Press the button.", "- Done"],
        ),
        ("", []),
        ("  \n ", []),
        ("no end", ["no end"]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


def test_no_word_is_lost() -> None:
    text = "First. 第二句。Third?  Fourth… e.g. this one (yes). 最后"
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())
