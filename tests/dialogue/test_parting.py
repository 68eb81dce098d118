"""Which questions stand in a message, and that each of them is answered."""

import pytest

from dialogue import Answer, Finished, Turn, answer
from dialogue.testing import ScriptedModel
from dialogue.understanding.parting import asks, parts_of
from dialogue.understanding.reading import understand
from retrieval import SearchResult
from tests.dialogue.test_answering import DELIVERY, RETURNS, finds, passage

SEARCH = finds(passage(RETURNS, title="Returns"), passage(DELIVERY, title="Delivery"))
TWO = "How long does a refund take, and what does express delivery cost?"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("金卡年费多少，怎么才能免？", ("金卡年费多少", "怎么才能免？")),
        ("补卡要多少钱？需要几天？", ("补卡要多少钱？", "需要几天？")),
        ("如果我退货，运费谁出，多久退款？", ("如果我退货，运费谁出", "多久退款？")),
        (
            "What's the price? And how much can it record?",
            ("What's the price?", "And how much can it record?"),
        ),
        (
            "When are bills issued and when is the money collected?",
            ("When are bills issued", "when is the money collected?"),
        ),
        (
            "I bought a tent. Can I return it? How long does a refund take?",
            ("I bought a tent. Can I return it?", "How long does a refund take?"),
        ),
        (
            "Where do I send it, and how much is the postage?",
            ("Where do I send it", "how much is the postage?"),
        ),
        (
            "What sizes do you have, who pays the postage?",
            ("What sizes do you have", "who pays the postage?"),
        ),
        ("When does it ship? And where to?", ("When does it ship?", "And where to?")),
        ("When it ships? Where it comes from?", ("When it ships?", "Where it comes from?")),
        (
            "Tell me what it costs and when it ships.",
            ("Tell me what it costs", "when it ships."),
        ),
        ("运费多少，几天能到？", ("运费多少", "几天能到？")),
        ("有什么颜色，什么时候发货？", ("有什么颜色", "什么时候发货？")),
        ("出发几天前可以退票，退多少？", ("出发几天前可以退票", "退多少？")),
        ("无论买多少都包邮吗，几天能到？", ("无论买多少都包邮吗", "几天能到？")),
    ],
)
def test_several_questions_are_told_apart(text: str, parts: tuple[str, ...]) -> None:
    assert parts_of(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "Can I return it and get my money back?",
        "我改了地址，怎么还寄错了",
        "密码按错好几回，现在用不了了，什么时候能恢复",
        "Cancel my order and refund me.",
        "退货要几天？",
        "When my parcel arrives damaged, what should I do?",
        "When I exchange shoes, who pays the postage?",
        "When returning shoes, who pays the postage?",
        "Where the seal is broken, can I return it?",
        "What I ordered is too small, can I exchange it?",
        "I know how the app works, but can I pay in cash?",
        "我几天前买的鞋子，现在能退吗？",
        "前几天下的单，什么时候发货？",
        "没什么问题，就是不想要了，可以退吗",
        "什么都没坏，能退吗",
        "我买了几件衣服，尺码不对，怎么换",
        "等了十几天，什么时候能到",
        "哪怕拆封了，还能退吗",
        "不管怎么说，钱什么时候退",
        "无论怎么洗都掉色，可以退吗",
        "怎么都打不开，能换吗",
        "hello",
        "",
    ],
)
def test_one_question_stays_one(text: str) -> None:
    assert parts_of(text) == (text,)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("When does it ship", True),
        ("tell me when it ships", True),
        ("When it ships?", True),
        ("why I cannot change my address", True),
        ("when I got cash I was charged a fee", False),
        ("什么时候发货", True),
        ("我没什么问题", False),
    ],
)
def test_words_tell_whether_something_is_asked(text: str, is_one: bool) -> None:
    assert asks(text) == is_one


def test_a_later_question_leans_on_the_first() -> None:
    parts = understand(Turn(question="补卡要多少钱？需要几天？")).parts
    assert [part.question for part in parts] == ["补卡要多少钱？", "补卡要多少钱？ 需要几天？"]


async def finish(question: str, *, model: ScriptedModel | None, search=SEARCH) -> Answer:
    async for event in answer(Turn(question=question), search=search, model=model):
        if isinstance(event, Finished):
            return event.answer
    raise AssertionError("an answer always ends with Finished")


@pytest.mark.parametrize("replies", [None, ["[4]"], ["Refunds reach your card within 5 business days. [4]"]])
async def test_each_question_is_answered_with_its_source(replies: list[str] | None) -> None:
    done = await finish(TWO, model=ScriptedModel(replies=replies) if replies else None)
    assert "5 business days" in done.text
    assert "costs $9" in done.text
    assert {cited.title for cited in done.citations} == {"Returns", "Delivery"}


async def test_what_cannot_be_answered_leaves_the_rest_answered() -> None:
    known, unknown = (
        finds(passage(RETURNS, title="Returns")),
        finds(passage(DELIVERY, title="Delivery", relevance=0.01)),
    )

    def only_returns(question: str, *, limit: int) -> SearchResult:
        return (unknown if "Mona" in question else known)(question, limit=limit)

    done = await finish(
        "How long does a refund take, and who painted the Mona Lisa?", model=None, search=only_returns
    )
    assert done.decision == "answer"
    assert "5 business days" in done.text
    assert done.text.endswith("Would you like me to bring in a person for that?")
