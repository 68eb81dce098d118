"""Conversations are found by what was said in them: in both languages, and never across sites."""

from hashlib import sha256
from typing import Any

import pytest

from apps.conversations import services
from apps.conversations.desk import finding
from apps.conversations.replying import replies
from tests.conversations.cast import Cast, an_answer, say


@pytest.mark.parametrize(
    "asked",
    [
        "returning a lamp",
        "LAMPS",
        "退货",
        "我想 退貨",
        "台灯",
        "order 48213",
        "Lamp? (return)",
    ],
)
def test_a_conversation_is_found_by_its_words(cast: Cast, asked: str) -> None:
    say(cast.conversation, "I want to return the lamp of order 48213. 我想退货，台灯坏了。")
    say(services.start_conversation(cast.neighbour), "Where is my parcel? 我的包裹在哪里？")
    assert list(finding.found_in(cast.agent, asked)) == [cast.conversation]


@pytest.mark.parametrize(
    "said", ["退货 运费怎么算", "退货的运费谁出", "退货，再付一次运费？", "退货运费谁出"]
)
@pytest.mark.parametrize("asked", ["退货运费", "退货 运费", "运费退货", "运费", "退貨運費"])
def test_chinese_is_found_however_it_was_written_together(cast: Cast, said: str, asked: str) -> None:
    say(cast.conversation, said)
    say(services.start_conversation(cast.neighbour), "货运公司费用")
    assert list(finding.found_in(cast.agent, asked)) == [cast.conversation]


def test_a_whole_letter_pasted_into_the_search_costs_no_look_at_each_of_its_words(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    letter = "我上个星期在你们网站买了一台咖啡机，收到之后发现水箱有裂纹，想问一下能不能换货，运费应该由谁来承担，另外发票还没有开出来"
    say(cast.conversation, letter)
    with django_assert_max_num_queries(5):
        assert list(finding.found_in(cast.agent, letter)) == [cast.conversation]


@pytest.mark.parametrize(
    "asked",
    ["", "   ", '"', "' OR 1=1 --", "NEAR(", "*", "lamp*", "a" * 5_000, "\x00", "%", "()", "🙂", "NOT lamp"],
)
def test_whatever_is_typed_breaks_nothing(cast: Cast, asked: str) -> None:
    say(cast.conversation, "I want to return a lamp")
    list(finding.found_in(cast.agent, asked))


@pytest.mark.parametrize(
    "unit", ["a", "\U00010400", "\ufdfa"]
)  # small, of four bytes, and one that becomes eighteen
def test_a_message_with_a_word_of_thousands_of_characters_is_sent_and_found_by_how_it_begins(
    cast: Cast, unit: str
) -> None:
    """PostgreSQL's index takes no key of more than 2,712 bytes; keys that repeat themselves it packs first."""
    word = "".join(sha256(str(number).encode()).hexdigest() + unit for number in range(110))
    say(cast.conversation, f"my key is {word}")
    assert list(finding.found_in(cast.agent, word)) == [cast.conversation]
    assert list(finding.found_in(cast.agent, "my key")) == [cast.conversation]


def test_all_words_must_be_there(cast: Cast) -> None:
    say(cast.conversation, "I want to return a lamp")
    assert not finding.found_in(cast.agent, "return a blanket").exists()


def test_nothing_of_another_site_is_found(cast: Cast) -> None:
    say(services.start_conversation(cast.stranger), "A secret lamp")
    assert not finding.found_in(cast.agent, "secret").exists()
    assert not finding.found_in(cast.agent, finding.mark_of(cast.other.pk)).exists()
    assert finding.found_in(cast.foreign_agent, "secret").count() == 1


def test_a_customer_is_found_by_name_address_and_reference(cast: Cast) -> None:
    contact = services.recognize(
        cast.shop, user_id="7", name="王小雨", email="xiaoyu@shop.example", locale="en"
    )
    conversation = services.start_conversation(contact)
    for asked in ("小雨", "XIAOYU@", conversation.reference, conversation.reference.lower().replace("-", "")):
        assert list(finding.found_in(cast.agent, asked)) == [conversation]
    assert not finding.found_in(cast.foreign_agent, conversation.reference).exists()


def test_an_answer_is_found_once_it_is_settled_and_gone_when_its_conversation_is(cast: Cast) -> None:
    posted = say(cast.conversation)
    assert posted.reply is not None
    claim = replies.claim(posted.reply.pk)
    assert claim is not None
    assert not finding.found_in(cast.agent, "parcels").exists()
    replies.settle(claim, an_answer("Send the parcel back. [1]"))
    assert finding.found_in(cast.agent, "parcels").exists()
    cast.conversation.delete()
    assert not finding.found_in(cast.agent, "parcels").exists()
