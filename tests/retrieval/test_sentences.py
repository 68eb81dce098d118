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


@pytest.mark.parametrize(
    "text",
    [
        "Our lines are open from 8 a.m. to 5 p.m. Monday to Friday.",
        "Call us from 8 a.m. to 5 p.m. Mon–Fri or 10 a.m. Saturday.",
        "The desk closes at 6 p.m. EST on weekdays.",
        "We answer until 5 p.m. Pacific Time on working days.",
        "We open at 9 a.m. May to September.",
        "Sat. Sun. and holidays are free.",
        "Cash advances cost 3% (min. $5) per transaction.",
        "Transfers cost 1%, max. €50 each, min. ¥30 in China.",
        "Returns go by the U.S. Postal Service only.",
        "Entry needs a U.S. Passport.",
        "Ph.D. students pay half.",
        "The price is $20 excl. VAT.",
        "The min. age is 18 and the max. temp. is 40 °C.",
        "It takes 24 hrs. to charge.",
        "Quote ref. LX-7 or order no. A12.",
        "The path to Mt. Everest is shut.",
        "Send it to P.O. Box 12.",
        "Bring your card (valid? Then it is free. Else pay $3) to the desk.",
        "会员（限本人使用。不可转让）可享九折。",
    ],
)
def test_one_sentence_stays_one(text: str) -> None:
    assert split_sentences(text) == [text]


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("We close at 5 p.m. Orders go out the next day.", "Orders go out the next day."),
        ("We close at 5 p.m. Monday is our day off.", "Monday is our day off."),
        ("We ship to the U.S. Orders take 5 days.", "Orders take 5 days."),
        ("She holds a Ph.D. Her office is upstairs.", "Her office is upstairs."),
        ("It is open 24 hrs. Call us.", "Call us."),
        ("That is the max. You may ask for more.", "You may ask for more."),
        ("Say no. Then hang up.", "Then hang up."),
        ("It is free (for members. Others pay.", "Others pay."),
        (f"It is free (for members. Others pay {'much ' * 40}) here.", f"Others pay {'much ' * 40}) here."),
        ("本店（总店周一休息。分店照常。", "分店照常。"),
    ],
)
def test_two_sentences_stay_two(text: str, last: str) -> None:
    assert split_sentences(text)[1:] == [last]


def test_no_word_is_lost() -> None:
    text = "First. 第二句。Third?  Fourth… e.g. this one (yes). 最后"
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())


@pytest.mark.parametrize("text", ["e.g. ", "( a. ( b. ) ", "no. 1 ", "（好。"])
def test_a_text_of_nothing_but_dots_is_read_to_its_end(text: str) -> None:
    """Once each of them was held against all that stood before it."""
    assert "".join(split_sentences(text * 16_000)).count("。" if "。" in text else ".") >= 16_000
