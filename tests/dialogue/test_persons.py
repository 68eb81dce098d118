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
can I talk to someone?
is there a human I can speak to?
Can I have a human, please?
Could I get an agent?
we need a real person here
I'd like a manager
looking for a representative
switch me to a human
transfer to agent
connect to a live agent
please switch to a human
pass my complaint on to your manager
hand my case over to a specialist
forward my question to a colleague
can you escalate this to a supervisor?
could you refer me to an expert?
can you pass this on to someone?
I want to be transferred to an operator
may I be put through to an agent
how do I speak to a human?
How can I contact a representative?
I need to reach someone at your company
how can I get through to someone?
do you have live support?
do you have any real people?
is there live support
live support please
need somebody
just get me a human being!
my case is too hard for a bot, real person please
Do I have to talk to a bot? Get me a human.
please have someone ring me
我要找客服
能转人工吗
可以转人工吗
有人工客服吗
帮我转人工
给我打个电话吧
你们给我打个电话
请给我回个电话
麻烦明天上午给我打电话
能不能给我打电话
让人给我打个电话
可以联系人工客服吗
能帮我联系客服吗
我需要联系客服
我要联系人工客服
我要转人工可以吗
我想找客服，行吗
转接客服
接客服
叫你们的员工来处理
让你们同事联系我
让同事给我回电话
请你们的同事跟进一下
请安排专员处理
找你们老板
我要跟主管说
可以和真人聊吗
找个客服来
换人工
有没有真人
麻烦叫一下负责人
机器人解决不了，转人工
转人工要等多久
为什么不给我转人工
怎么转人工
有客服吗
Please transfer me
Are you a bot? Get me a human.
If I have a problem I want to talk to a person
if I need help can I talk to a person
why do I have to repeat myself get me a human
退货要联系客服吗？算了，直接帮我转人工
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
How do I refer someone?
Can I refer a colleague?
How do I switch operator?
Can I switch to another operator?
Do you have a specialist?
Do you have an expert?
Do I need an agent?
When would I need a manager?
Will I need someone?
Which plans have live support?
Does the basic plan include human support?
How do I transfer it to someone?
Can I transfer this to someone?
How do I forward an invitation to a colleague?
How do I pass my booking on to somebody?
Can I hand this over to someone?
How do I contact staff at the hotel?
How can I reach a representative of my bank?
If it is broken, do I have to speak to an agent?
Should I contact someone first?
how do i know if you are a real person
what will you call me
送货前会给我打电话吗
会有人给我打电话吗
送货的时候可以给我打电话吗
为什么一直给我打电话
你们要给我打电话吗
请不要给我打电话
以后别再给我打电话了
给我打电话的是谁
退货要联系客服吗
我需要先联系客服吗
改签需要联系人工客服吗
换货要不要找客服
申请退款是不是要转人工
什么情况下要转人工
转人工审核要多久
审核转人工了怎么办
联系客服后多久回复
为什么要联系客服
可以让同事帮我取吗
可以找同事代收吗
能叫员工代签吗
智能客服能回答什么问题
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
    [
        ("yes please", OFFER),
        ("yes", Utterance("assistant", "Would you like a person? They cost $1.50.")),
        ("Yes", OFFER),
        ("好的", OFFER_ZH),
        ("需要", OFFER_ZH),
        ("转吧", OFFER_ZH),
    ],
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
