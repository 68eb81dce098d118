"""With the real home model behind vLLM: whatever it writes, what is shown are the passages' own sentences."""

import re

import pytest

from dialogue import Finished, Turn, answer, connect, is_ready
from tests.dialogue.test_answering import RETURNS, TUIHUO, finds, passage

pytestmark = [pytest.mark.model, pytest.mark.timeout(300)]


@pytest.fixture
async def model(model_url):
    model = connect(base_url=model_url, api_key="none", model="home")
    assert await is_ready(model, within=60)
    return model


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How long does a refund take?", "5 business days"),
        ("Can I return opened swimwear?", "cannot be returned"),
        ("退款多久到账？", "3个工作日"),
        ("内衣可以退货吗？", "不支持退货"),
    ],
)
async def test_the_answer_is_right_and_in_the_passages_words(model, question, expected):
    search = finds(passage(RETURNS, title="Returns"), passage(TUIHUO, title="退货说明"))
    events = [event async for event in answer(Turn(question=question), search=search, model=model)]
    assert isinstance(events[-1], Finished)
    done = events[-1].answer
    assert expected in done.text
    for shown in re.split(r"\s*\[\d\]\s*", done.text):
        assert shown in RETURNS + TUIHUO
