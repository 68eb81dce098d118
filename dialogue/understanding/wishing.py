"""A message that names an order → what is wished for it, however it is put: "scrap order MW-20418".

Strict wordings of wishes stand in `requesting`; they need no number. Whoever gives a number and asks nothing wants something
done to that order, so that here a word of the topic is enough. What asks, reports what was, or says not to, is no wish.
"""

import re

from dialogue.acting import Intent

_TOPICS: dict[Intent, re.Pattern[str]] = {
    "return": re.compile(
        r"\breturn(?:ing|ed)?\b|\b(?:send|sending|ship|shipping|take|give|giving|bring|mail|post|go|goes|going)\b.{0,40}\bback\b|money back|"
        r"退(?!款|订|出|单)|寄回|送回|还给你们"
    ),
    "change_address": re.compile(
        r"\baddress\b|\b(?:re-?route|redirect|forward)\b|\b(?:go|goes|sent|delivered|shipped|deliver|send|ship) (?:it |that )?(?:instead )?to (?!me\b|you\b)|"
        r"\bmoved\b|\bdestination\b|地址|寄到|发到|寄往|送到|改送|改寄|搬家|搬到"
    ),
    "cancel": re.compile(
        r"\bcancel|\bscrap\b|\bcall(?:ing)?\b.{0,12}\boff\b|\bvoid\b|\bwithdraw|\bundo\b|\bannul|\brevoke\b|\brescind|get rid of|go away|"
        r"\b(?:don't|do not|no longer|not) (?:be )?(?:send|ship|dispatch|deliver|need|want|require)|\bstop (?:the |my |this |that )?(?:order|it|purchase)|"
        r"\bout of (?:the |my |this )?(?:order|purchase)|changed my mind|back out|\bkill\b|\babort|\bnullify|\b(?:delete|remove|erase) (?:it|this|that|the order|my order|order)\b|\bdrop (?:the |my |this )?(?:order|it)|"
        r"取消|撤(?:单|销|了|掉|回)|作废|删(?:了|掉|除)|关(?:了|掉)|停(?:了|掉)|退订|退单|不(?:再|想)?要(?:了|$)|不(?:再|想)?买|别(?:给我)?(?:发|寄)|不(?:要|用)(?:再|给我)?(?:发|寄)|不需要"
    ),
    "status": re.compile(
        r"\bnews\b|\bupdates?\b|going on|how far|\bwaiting\b|(?:\bnot|\bnever|n't) (?:yet )?(?:been )?(?:receive|arrive|come|delivered|got|here|turned up|shown up)|"
        r"\bshipped\b|\bin (?:the|your) (?:warehouse|depot)|\bwhen\b.{0,20}\b(?:com|arriv|deliver|here|be)|\bleft (?:the|your) (?:warehouse|depot|shop)|\btrack|\bwhere\b|\bstatus\b|\bprogress\b|happen(?:ed|ing) (?:to|with)|\bon (?:its|the) way\b|"
        r"物流|几号.{0,3}到|什么时候.{0,4}(?:到|发)|等多久|到(?:什么地方|哪|那里)|没(?:有)?(?:送)?到|没(?:有)?收到|不到|进度|进展|消息|催|到没|到货没|发(?:货|出)?(?:了没|没有?|了吗)|动静"
    ),
}
_ASKS_WHERE_IT_STANDS = frozenset({"status"})  # these may be questions
_NOT_TO = re.compile(
    r"\b(?:don't|do not|never|please not|not to|without|didn't|did not) (?:you )?(?:cancel|return|change|scrap|void)|别(?:取消|退|改|撤)|不要(?:取消|退|改|撤)|不是要|没(?:有)?(?:取消|退)"
)
_REPORTS = re.compile(
    r"\b(?:was|were|been|had|ago|already|yesterday|last (?:week|month|year|time)|you (?:have )?(?:cancelled|canceled|changed|sent))\b|\bi(?:'ve| have)? (?:returned|cancelled|canceled|sent)\b|"
    r"\b(?:invoice|receipt|refund|warranty|gift|item to|discount|coupon|newsletter|e-?mail)\b|"
    r"已经|上周|昨天|前天|上个月|取消了|退了(?=[，,。!！ ]|我|货)|(?:退款|发票|保修|优惠|赠品|加一?件|邮箱|尺码表|费)"
)
_PLEASE_CAN_YOU = re.compile(
    r"^(?:please |hi |hello |sorry )*(?:can|could|would|will) (?:you|the|my|this|order|it|we)\b"
)


def wish_in(lowered: str, *, code: str, is_question: bool) -> Intent:
    """What is wished for the order that `code` names; "" where nothing is, or more than one thing."""
    text = re.sub(
        rf"(?i)\b(?:order|number|no\.?|#|订单|单号|号)?[: ：#]*{re.escape(code.lower())}", " order ", lowered
    )
    text = re.sub(r"\s+", " ", text)
    if re.fullmatch(r"(?:my |我的)?[\W_]*order[\W_]*", text.strip()):
        return "status"  # a bare number
    if _NOT_TO.search(text):
        return ""
    found = [intent for intent, pattern in _TOPICS.items() if pattern.search(text)]
    if "return" in found and "cancel" in found:
        found.remove("cancel")  # "I no longer want it, I'm sending it back"
    if len(found) > 1 and "status" in found:
        found.remove("status")
    if len(found) != 1 or _REPORTS.search(text):
        return ""
    asks = is_question and not _PLEASE_CAN_YOU.match(text)
    return "" if asks and found[0] not in _ASKS_WHERE_IT_STANDS else found[0]
