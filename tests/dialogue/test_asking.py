"""What kind of answer a question wants, by its words."""

import pytest

from dialogue.understanding.asking import kinds_asked


@pytest.mark.parametrize(
    "question",
    [
        "贵公司在哪里",
        "贵店几点开门",
        "发往贵州要几天",
        "贵宾卡怎么办理",
        "多贵重的东西要保价",
        "How do I charge the watch?",
        "How do you charge it?",
        "Does it charge wirelessly?",
        "How long until it is fully charged?",
        "Is it true that it charges in an hour?",
        "How long does a full charge last?",
        "Can the lamp charge on a stand?",
    ],
)
def test_a_word_that_also_means_money_does_not_ask_for_it(question: str) -> None:
    assert "money" not in kinds_asked(question)


@pytest.mark.parametrize(
    "question",
    [
        "会不会很贵",
        "为什么这么贵",
        "快递贵吗",
        "加急贵不贵",
        "顺丰更贵还是京东",
        "Do you charge for returns?",
        "Is there a charge for returns?",
        "Are there any charges?",
        "What are the delivery charges?",
        "Is it free of charge?",
        "Will I be charged twice?",
        "Am I charged for a missed appointment?",
        "Is there an early termination charge?",
    ],
)
def test_a_price_is_asked_for_by_other_words_than_price(question: str) -> None:
    assert "money" in kinds_asked(question)


@pytest.mark.parametrize(
    ("question", "is_one"),
    [
        ("When can I return it?", True),
        ("And when is it open?", True),
        ("When's the sale?", True),
        ("Do you know when my parcel arrives?", True),
        ("when?", True),
        ("Please show me when it arrives", True),
        ("什么时候发货", True),
        ("Do I need a receipt when I return something?", False),
        ("When my parcel arrives damaged, what should I do?", False),
        ("Who pays when shoes are exchanged?", False),
        ("退货的时候要小票吗", False),
    ],
)
def test_a_condition_asks_for_no_date(question: str, is_one: bool) -> None:
    assert ("when" in kinds_asked(question)) == is_one


@pytest.mark.parametrize(
    ("question", "is_one"),
    [
        ("收到坏的怎么办", True),
        ("屏幕碎了咋办？", True),
        ("怎么办呢", True),
        ("退货怎么办理", False),
        ("会员卡咋办理", False),
    ],
)
def test_how_to_apply_for_something_is_no_remedy(question: str, is_one: bool) -> None:
    assert ("remedy" in kinds_asked(question)) == is_one
