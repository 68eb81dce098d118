"""What is shown of a text can do nothing but be read."""

import pytest

from apps.dashboard import rendering
from apps.dashboard.templatetags.dashboard import initials, seconds, waited

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[press me](javascript:alert(1))",
    "![pixel](https://elsewhere.example/p.png)",
    "<a href='https://elsewhere.example'>here</a>",
    "[1]: https://elsewhere.example\n\n[here][1]",
    '"><svg onload=alert(1)>',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_neither_scripts_nor_links_nor_pictures_get_through(text: str) -> None:
    for html in (
        rendering.answer(text, anchor="m", numbers=set()),
        rendering.plain(text),
        rendering.marked(text, parts=[text]),
    ):
        assert not any(tag in html for tag in ("<script", "<img", "<a ", "<svg"))


def test_markdown_of_an_answer_is_shown() -> None:
    html = rendering.answer("**Free** from 50 EUR:\n\n- by parcel\n- by courier", anchor="m", numbers=set())
    assert "<strong>Free</strong>" in html
    assert html.count("<li>") == 2


def test_a_number_leads_to_its_passage_and_other_brackets_stay() -> None:
    html = rendering.answer("Within 30 days. [1] See size [42]. [2]", anchor="m-7", numbers={1, 2})
    assert '<a class="mark" href="#m-7-1">1</a>' in html
    assert '<a class="mark" href="#m-7-2">2</a>' in html
    assert "[42]" in html


def test_sentences_of_a_passage_are_marked_where_they_stand() -> None:
    html = rendering.marked("One & two. Three.", parts=["One & two.", "not there"])
    assert html == "<mark>One &amp; two.</mark> Three."


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Mei Lin", "ML"),
        ("王小雨", "小雨"),
        ("agent", "AG"),
        ("", "?"),
        ("Ana de la Cruz", "AC"),
        ("子涵", "子涵"),
    ],
)
def test_initials_suit_the_name(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_times_are_short() -> None:
    assert seconds(0.0412) == "41 ms"
    assert seconds(2.4) == "2.40 s"
    assert waited(None) == ""
