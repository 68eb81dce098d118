"""A passage's words as Markdown: shown as they are, marked with their source."""

import pytest
from markdown_it import MarkdownIt

from dialogue.searching.evidence import candidates_in
from dialogue.verifying.citing import Citations, as_markdown
from tests.dialogue.test_answering import passage


@pytest.mark.parametrize(
    "text",
    [
        "Click [here](javascript:alert(1)) now",
        "<img src=x onerror=alert(1)> and <b>bold</b>",
        "![logo](https://evil.example/x.png)",
        "5 * 3 * 2 and a_b_c and __init__",
        "# not a heading",
        "1. not a list",
        "> not a quote",
        "`code` and ~~gone~~ and a|b",
        "see [3] and \\ back",
        "尺码：S；胸围：88–92cm",
    ],
)
def test_the_words_are_shown_as_they_are(text):
    html = MarkdownIt("js-default", {"html": False}).renderInline(as_markdown(text))
    shown = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    assert shown == text


def test_numbers_follow_first_use_and_a_passage_keeps_its_own():
    one, other = passage("First. Second.", title="A"), passage("Third.", title="B")
    first, second, third = candidates_in([one, other])
    citations = Citations()
    marks = [citations.sentence(candidate).citations for candidate in (third, first, second)]
    assert marks == [(1,), (2,), (2,)]
    assert [citation.title for citation in citations.all] == ["B", "A"]
    assert citations.text == "Third. [1] First. [2] Second. [2]"


def test_a_list_stays_a_list():
    chunk = passage("You need:\n- a passport\n- a ticket", title="A")
    citations = Citations()
    for candidate in candidates_in([chunk]):
        citations.sentence(candidate)
    assert citations.text == "You need: [1]\n- a passport [1]\n- a ticket [1]"
