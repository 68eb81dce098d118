"""What is shown with a sentence: the one before it, where it says nothing without that."""

import pytest

from dialogue.searching.evidence import Candidate
from dialogue.searching.quoting import before
from tests.dialogue.test_answering import passage


def is_shown_with(one: str, *, text: str) -> bool:
    page = passage(f"{one} {text}", title="Delivery")
    first, second = (
        Candidate(passage=page, rank=0, position=place, text=said) for place, said in enumerate((one, text))
    )
    return before(second, among=[first, second]) == [first]


@pytest.mark.parametrize(
    "text",
    [
        "It is free.",
        "It's free.",
        "They are free.",
        "These can be returned.",
        "But not on Sundays.",
        "Otherwise the case is closed.",
        "其运费由您承担。",
        "其中三件可以退货。",
        "他们会联系您。",
        "但不包括周日。",
        "该商品不可退货。",
        "超过期限的不予受理。",
        "否则订单会取消。",
    ],
)
def test_a_sentence_that_leans_on_the_one_before_is_shown_with_it(text: str) -> None:
    assert is_shown_with("Gift cards never expire.", text=text)


@pytest.mark.parametrize(
    "text",
    [
        "Items can be returned within 30 days.",
        "Italy and Spain are delivered to in 4 days.",
        "IT equipment is insured.",
        "Butter is shipped chilled.",
        "Thatched roofs are not insured.",
        "Suchard bars are sold out.",
        "Theirs is the last desk.",
        "其他国家运费50元。",
        "其它颜色可以预订。",
        "其余商品按原价出售。",
        "其实可以在门店办理。",
        "他人代领需要身份证。",
        "但凡破损均可退货。",
        "超过20公斤的包裹运费另计。",
        "超过二十公斤的包裹运费另计。",
    ],
)
def test_a_sentence_that_only_begins_like_one_is_not(text: str) -> None:
    assert not is_shown_with("礼品卡永久有效。", text=text)
