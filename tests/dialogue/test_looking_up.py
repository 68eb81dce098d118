"""What a conversation is about moves its passages up, and only where they answer."""

import pytest

from dialogue import Turn, Utterance
from dialogue.searching.looking_up import look_up
from dialogue.understanding.reading import understand
from retrieval import Chunk, Passage, SearchResult, words_of

PAGES = [
    ("Hotel Alder", "Is there wifi?", "Yes, in all rooms."),
    ("Hotel Birch", "Is there wifi?", "Only in the lobby."),
    ("Hotel Cedar (Old Town)", "Is there wifi?", "Yes, for a fee."),
    ("Hotel Birch", "Can I bring a dog?", "Dogs are welcome."),
    ("Vouchers", "How do I redeem a voucher?", "Enter its code when you pay."),
    ("松石酒店", "有早餐吗？", "含双人早餐。"),
    ("云杉酒店", "有早餐吗？", "早餐另付38元。"),
    ("积分", "积分怎么兑换？", "在会员中心兑换。"),
]


def search(question: str, *, limit: int = 8) -> SearchResult:
    """By shared words, as a small word index would; what shares none is not found."""
    asked = set(words_of(question))
    found = [
        Passage(
            chunk=Chunk(id=str(n), document_id=str(n), ordinal=0, text=text, title=title, question=asks),
            relevance=0.5,
            score=len(asked & set(words_of(f"{title} {asks} {text}"))),
        )
        for n, (title, asks, text) in enumerate(PAGES)
    ]
    best = sorted((one for one in found if one.score), key=lambda one: -one.score)
    return SearchResult(passages=tuple(best[:limit]))


def first(*said: str, then: str) -> str:
    history = tuple(Utterance("user" if n % 2 == 0 else "assistant", text) for n, text in enumerate(said))
    turn = Turn(question=then, history=history)
    passage = look_up(understand(turn), turn=turn, search=search, limit=4).result.passages[0]
    return f"{passage.chunk.title}: {passage.chunk.text}"


@pytest.mark.parametrize(
    ("said", "then", "expected"),
    [
        (
            ("A room, please.", "How about Hotel Birch? It is near the station."),
            "Is there wifi?",
            "Hotel Birch: Only",
        ),
        (("Does HOTEL BIRCH have a lift?", "Yes."), "and wifi?", "Hotel Birch: Only"),
        (
            ("Is Hotel Alder open?", "Yes.", "And Hotel Birch?", "Yes."),
            "Is there wifi there?",
            "Hotel Birch: Only",
        ),
        (("I like Hotel Birch.", "Sure."), "Is there wifi at Hotel Alder?", "Hotel Alder: Yes"),
        (("We booked Hotel Cedar.", "Enjoy!"), "Is there wifi?", "Hotel Cedar (Old Town): Yes"),
        (("推荐一家酒店", "推荐您住云杉酒店。"), "有早餐吗", "云杉酒店: 早餐"),
        (("松石酒店怎么样", "很受欢迎。"), "那早餐呢？", "松石酒店: 含双人"),
    ],
)
def test_the_one_that_was_spoken_of_comes_first(said, then, expected):
    assert first(*said, then=then).startswith(expected)


@pytest.mark.parametrize(
    ("said", "then", "expected"),
    [
        (("Is there wifi at Hotel Birch?", "Only in the lobby."), "How do I redeem a voucher?", "Vouchers"),
        (("松石酒店有早餐吗", "含双人早餐。"), "积分怎么兑换", "积分"),
    ],
)
def test_another_topic_is_not_held_back(said, then, expected):
    assert first(*said, then=then).startswith(expected)


def test_without_history_one_search_is_enough():
    asked = []

    def counting(question: str, *, limit: int = 8) -> SearchResult:
        asked.append(question)
        return search(question, limit=limit)

    turn = Turn(question="Is there wifi?")
    look_up(understand(turn), turn=turn, search=counting, limit=4)
    assert asked == ["Is there wifi?"]


def test_no_more_passages_than_asked_for_and_none_twice():
    turn = Turn(question="Is there wifi?", history=(Utterance("user", "Hotel Birch"),))
    passages = look_up(understand(turn), turn=turn, search=search, limit=3).result.passages
    assert len({one.chunk.id for one in passages}) == len(passages) == 3
