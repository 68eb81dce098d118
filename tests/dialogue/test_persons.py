"""Who asks for a person, and who only speaks of one."""

import pytest

from dialogue import Utterance, wants_person
from dialogue.understanding.persons import accepts_offer

WISHES = """
Put me on to whoever is in charge
I'd be grateful if one of your colleagues could take this over
Could I have a word with someone from billing, please?
I need to be called back by a member of your team
is there a living soul at this company
我要和你们领导谈
换个能做主的人来
劳烦帮我联系一下你们的值班人员
叫你们的人来
能不能换个人跟我说
别跟我说机器人的话，叫你们的人来
我想和人聊
可以打电话给我吗
找个人来
请帮我接通人工
人工人工人工
找專員
get me an agent, this bot is useless
can somebody call me back
is there anyone I can talk to?
I'd rather deal with a human
speak to a humn
escalate this please
I want to complain to a supervisor
help me to contact someone
how can i chat wit a person
转人工
转人工客服
我要转人工！
人工客服
人工
找客服
我要找人工
帮我找个真人
能不能给我接一下人工
请帮我接人工客服
有真人吗
我想和真人客服说话
不要机器人回复，叫人来
我不想跟机器人聊
专人工
zhuanrengong
叫你们经理来
能不能让客服主管联系我
让人工联系我
客服在吗
有没有人工客服
麻烦转一下人工服务
我要投诉，转人工
跟客服聊聊
轉人工
real human please
I want to talk to a person
speak to an agent
can i speak with a representative
Let me talk to someone real
agent
AGENT!!!
representative
talk to a real human or persn
connect me to customer service
connect me with an agent please
I need a human
transfer me to a live agent
can I chat with a human being?
human please
get me a manager
I'd like to speak to customer support
put me through to someone
i dont want to talk to a bot
live agent
give me a real person
Could you please hand me over to a colleague?
I want to tlak to an agnet
""".strip().splitlines()

QUESTIONS = """
do I need to speak to a representative to change my pin?
are you a real person
am i talking to a real person
does a person check the credit result?
can someone else use my plan?
客服电话是多少
人工客服几点上班
客服邮箱是什么
周六人工客服几点上班
人工客服的工作时间
图片里有人吗
你们客服的微信号是多少
人工费怎么收
这是人工皮革吗
可以两个人用吗
怎么联系快递员
负责人的电话是多少
帐篷能睡几个人
is there a person in the picture
What are the hours of your customer service?
What is the phone number of customer service?
How many people fit in the tent?
Can another person pick up my parcel?
Can a second person use my account?
Is the discount per person?
Do I need an agent to import this?
Can someone else sign for the delivery?
When are agents available?
Is a travel agent discount available?
How do I return an item?
personal data
I don't need a person, just the return address
不用转人工，告诉我运费就行
""".strip().splitlines()


@pytest.mark.parametrize("text", WISHES)
def test_this_asks_for_a_person(text):
    assert wants_person(text)


@pytest.mark.parametrize("text", QUESTIONS)
def test_this_is_a_question(text):
    assert not wants_person(text)


OFFER = Utterance("assistant", "I'm sorry, our help pages don't say. Would you like me to bring in a person?")
OFFER_ZH = Utterance("assistant", "抱歉，帮助资料里没有找到。需要我为您转接人工客服吗？")


@pytest.mark.parametrize(
    ("text", "said"),
    [("yes please", OFFER), ("Yes", OFFER), ("好的", OFFER_ZH), ("需要", OFFER_ZH), ("转吧", OFFER_ZH)],
)
def test_yes_after_an_offer_asks_for_a_person(text, said):
    assert accepts_offer(text, history=(said,))


@pytest.mark.parametrize(
    ("text", "said"),
    [("yes", Utterance("assistant", "Refunds take 5 days. [1]")), ("no thanks", OFFER), ("不用", OFFER_ZH)],
)
def test_yes_to_something_else_and_no_do_not(text, said):
    assert not accepts_offer(text, history=(said,))


@pytest.mark.parametrize(
    "text",
    [
        "快递员会给我打电话吗",
        "怎么联系客服",
        "一个人能搭起来吗",
        "can you call the shop for me",
        "Will the courier call me before delivery?",
        "Can someone else collect my parcel?",
    ],
)
def test_people_who_only_occur_in_a_question_are_not_asked_for(text: str) -> None:
    assert not wants_person(text)
