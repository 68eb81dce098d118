"""What is made of a model's stream: thoughts out, sentences cut, nonsense and loops seen."""

import time

import pytest

from dialogue import AnswerLimits, ModelFailed
from dialogue.testing import ScriptedModel
from dialogue.writing.sentences import Draft, is_garbled, is_looping, write
from dialogue.writing.thinking import ThoughtFilter


def read(text: str, *, size: int) -> str:
    thoughts, shown = ThoughtFilter(), ""
    for start in range(0, len(text), size):
        given = thoughts.feed(text[start : start + size])
        if thoughts.retracted:
            shown, thoughts.retracted = "", False
        shown += given
    return shown + thoughts.end()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<think>secret</think>open", "open"),
        ("a<think>secret</think>b<think>more</think>c", "abc"),
        ("<think>never closed", ""),
        ("secret without a beginning</think>open", "open"),
        ("1 < 2 and <thin air>", "1 < 2 and <thin air>"),
        ("ends with <thi", "ends with <thi"),
    ],
)
def test_thoughts_are_taken_out_wherever_they_are_split(text, shown, size):
    assert read(text, size=size) == shown


async def written(
    reply: object, *, chunk: int = 5, pause: float = 0.0, limits: AnswerLimits | None = None
) -> list[str]:
    model = ScriptedModel(replies=[reply], chunk=chunk, pause=pause)
    limits = limits or AnswerLimits()
    deadline = time.monotonic() + limits.total
    return [text async for text in write([], model=model, draft=Draft(), limits=limits, deadline=deadline)]


@pytest.mark.parametrize("chunk", [1, 3, 8, 200])
async def test_sentences_keep_the_marks_that_follow_them(chunk):
    said = "It costs 5.50 yuan. [1][2] Call St. Mary now! [3]\n- 七天内可退。[4]运费10元。[5]"
    assert await written(said, chunk=chunk) == [
        "It costs 5.50 yuan. [1][2]",
        "Call St. Mary now! [3]",
        "- 七天内可退。[4]",
        "运费10元。[5]",
    ]


async def test_an_error_of_the_model_is_named():
    with pytest.raises(ModelFailed, match="unreachable"):
        await written(OSError("gone"))
    with pytest.raises(ModelFailed, match="refused"):
        await written(ValueError("no"))


async def test_a_model_that_stalls_is_left():
    with pytest.raises(ModelFailed, match="silent"):
        await written("word " * 10, pause=5, limits=AnswerLimits(first_token=0.05, between_tokens=0.05))


async def test_when_time_is_up_what_was_written_counts():
    limits = AnswerLimits(between_tokens=5, total=0.3)
    assert await written("One is done. Two is not and goes on and on", chunk=4, pause=0.03, limits=limits)


@pytest.mark.parametrize(
    "text",
    [
        "\ufffd\ufffd",
        '{"a":[{"b":null},{"c":[1,2]}]}' * 3,
        "Привет, как дела сегодня у вас",
        "x" * 200,
        "\x01\x02",
    ],
)
def test_this_is_no_language(text):
    assert is_garbled(text)


@pytest.mark.parametrize(
    "text",
    [
        "Refunds reach your card within 5 business days. [4]",
        "退款在3个工作日内原路退回。[1]",
        "See https://mosswick.example/a/very/long/path/that/goes/on/and/on/and/on/and/on/for/ever/and/more",
        "尺码：S；胸围：88–92cm；货号：MW-JR-120",
        "Größe, façade, naïve, Zürich",
    ],
)
def test_this_is_language(text):
    assert not is_garbled(text)


def test_the_same_again_and_again_is_a_loop():
    assert is_looping("Well. " + "Contact us for more. " * 3)
    assert not is_looping("S: 1 cm; M: 2 cm; L: 3 cm; XL: 4 cm; XXL: 5 cm.")
