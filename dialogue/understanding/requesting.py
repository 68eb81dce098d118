"""A turn → the action that it asks for, with what it says of it. Rules only, and rather none than a wrong one.

"Cancel my order MW-20418" asks for something; "can I cancel?", "how do I cancel?" and "what if I cancel" ask about it and
are questions like any other. What a customer writes is data: nothing in it names a person, an address of a server or an
action that the site does not offer.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dialogue.acting import Intent, Offer, Pending, Slot
from dialogue.language.commanding import commands_assistant
from dialogue.language.facts import facts_in
from dialogue.turns import Earlier, Turn, Utterance
from dialogue.understanding.recalling import recalled_by
from dialogue.understanding.wishing import wish_in
from retrieval import split_sentences

LONGEST = 600  # characters; a longer letter is no order
SHORTEST_TEXT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An action that the customer asks for. `missing` is the first slot that is still open."""

    offer: Offer
    arguments: Mapping[str, str]
    missing: Slot | None = None
    asked_before: bool = False  # for this very slot, in vain


def request_in(turn: Turn, *, offers: Sequence[Offer]) -> Request | None:
    text = plain(turn.question)
    if not text or len(text) > LONGEST:
        return None
    asked_for = [offer for offer in offers if _asks_for(text, offer)]
    if not asked_for and turn.pending is not None:
        return _continued(text, pending=turn.pending, offers=offers)
    asked_for = asked_for or _wished_for(text, offers=offers)
    if len(asked_for) == 1:
        recalled = recalled_by(text, earlier=turn.earlier)
        history = (_naming(recalled),) if recalled else turn.history
        return _filled(asked_for[0], text, before={}, history=history)
    return None


def _naming(recalled: Earlier) -> Utterance:
    """All that the customer called something by, back then."""
    return Utterance("user", " ".join([recalled.asked, *recalled.named]))


def _wished_for(text: str, *, offers: Sequence[Offer]) -> list[Offer]:
    """By the one order that the message names, and what it says of it."""
    codes = {
        code
        for offer in offers
        for slot in offer.slots
        if slot.kind == "code"
        for code in _codes_in(text, slot)
    }
    if len(codes) != 1 or commands_assistant(text):
        return []
    lowered = text.lower()
    intent = wish_in(lowered, code=_as_written(codes.pop(), text=lowered), is_question=_asks_about(lowered))
    return [offer for offer in offers if intent and offer.intent == intent]


def _as_written(code: str, *, text: str) -> str:
    """How the customer spelt it: without the dash, or with blanks around it."""
    loose = r"[\s-]*".join(
        re.escape(part) for part in re.findall(r"[a-z]+|\d+|.", code.lower()) if part != "-"
    )
    found = re.search(loose, text)
    return found.group() if found else code


def plain(text: str) -> str:
    """Half width, one kind of dash and apostrophe, one blank at a time."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'")
    text = re.sub(r"[‐-―−]", "-", text)
    text = "".join(mark for mark in text if mark in "\n\t" or unicodedata.category(mark) not in ("Cc", "Cf"))
    return re.sub(r"\s+", " ", text).strip()


# --- Slots --------------------------------------------------------------------------------------------------


def _filled(offer: Offer, text: str, *, before: Mapping[str, str], history: Sequence[Utterance]) -> Request:
    arguments = dict(before)
    for slot in offer.slots:
        if slot.name not in arguments and _is_alone(slot, offer):
            value = _value_of(slot, text, history=history, codes=_patterns(offer))
            arguments |= {slot.name: value} if value else {}
    missing = next((slot for slot in offer.slots if slot.is_required and slot.name not in arguments), None)
    return Request(offer=offer, arguments=arguments, missing=missing)


def _continued(text: str, *, pending: Pending, offers: Sequence[Offer]) -> Request | None:
    """The answer to what was asked back. A new question, or second thoughts, are not one."""
    offer = next((one for one in offers if one.name == pending.action), None)
    slot = next((one for one in offer.slots if one.name == pending.missing), None) if offer else None
    if offer is None or slot is None:
        return None
    is_no = slot.kind == "boolean" and bool(_yes_or_no(text))  # "no" is an answer here
    if not is_no and (_asks_something(text) or _NEVER_MIND.search(text.lower())):
        return None
    value = _answers_in(text, slot)
    if len(value) == 1:
        return _filled(offer, text, before={**pending.arguments, slot.name: value[0]}, history=())
    return Request(offer=offer, arguments=pending.arguments, missing=slot, asked_before=True)


def _is_alone(slot: Slot, offer: Offer) -> bool:
    """Of two numbers or dates that an action takes, one that was said could be either: each is asked for."""
    alike = {"number", "integer"} if slot.kind in ("number", "integer") else {slot.kind}
    return slot.kind not in ("number", "integer", "date") or (
        sum(other.kind in alike for other in offer.slots) == 1
    )


def _answers_in(text: str, slot: Slot) -> list[str]:
    """All that the words can mean, as the answer to what was asked."""
    match slot.kind:
        case "code":
            return _codes_in(text, slot)
        case "choice":
            return _choices_in(text, slot)
        case "number" | "integer":
            return _numbers_in(text, slot)
        case "boolean":
            return _yes_or_no(text)
        case "date":
            return _dates_in(text)
    return _whole(text, slot)


def _value_of(slot: Slot, text: str, *, history: Sequence[Utterance], codes: Sequence[str]) -> str:
    match slot.kind:
        case "code":
            found = _codes_in(text, slot)
            if not found and _REFERS.search(text.lower()):
                found = _spoken_of(slot, history=history)
            return found[0] if len(found) == 1 else ""  # of two, nobody but the customer knows which
        case "choice" | "number" | "integer" | "date":
            named = _answers_in(text, slot)
            return named[0] if len(named) == 1 else ""
        case "boolean":
            return ""  # a wish alone says neither yes nor no to it
        case _:
            return _new_text(text, slot=slot, codes=codes)


def _choices_in(text: str, slot: Slot) -> list[str]:
    """By what a program calls them or by what people do, in either language."""
    said = text.lower()
    names = {choice: [choice, *slot.spoken.get(choice, {}).values()] for choice in slot.choices}
    return [choice for choice in slot.choices if any(_is_named(name, said) for name in names[choice])]


def _is_named(name: str, said: str) -> bool:
    """As a word of its own, where words have gaps between them."""
    name = plain(name).lower()
    found = rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])" if name.isascii() else re.escape(name)
    return bool(re.search(found, said))


def _numbers_in(text: str, slot: Slot) -> list[str]:
    """Amounts, whatever they count. Numbers of orders, dates and times are none."""
    said = dict.fromkeys(fact.value for fact in facts_in(text) if fact.kind == "amount")
    return [value for value in said if _is_between(value, slot)]


def _is_between(value: str, slot: Slot) -> bool:
    try:
        number = float(value)
    except ValueError:
        return False
    low = slot.least is None or number >= slot.least
    high = slot.most is None or number <= slot.most
    return low and high and (slot.kind == "number" or number.is_integer())


def _dates_in(text: str) -> list[str]:
    """Only with their year: what "the 3rd" means is not ours to guess."""
    said = [fact for fact in facts_in(text) if fact.kind == "date"]
    read = (_iso(fact.unit, fact.value) for fact in said)
    return list(dict.fromkeys(day for day in read if day))


def _iso(year: str, month_and_day: str) -> str:
    month, _, day = month_and_day.partition("-")
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""


def _yes_or_no(text: str) -> list[str]:
    said = text.lower().strip(" .!。！,，")
    return ["true"] if _YES.fullmatch(said) else ["false"] if _NO.fullmatch(said) else []


def _codes_in(text: str, slot: Slot) -> list[str]:
    """Codes as they are written, also "mw - 20418" and "MW20418" where the pattern has a dash."""
    upper = re.sub(r"\s*-\s*", "-", text.upper())
    found = re.findall(_bounded(slot.pattern), upper)
    if not found and "-" in slot.pattern:
        bare = re.findall(_bounded(slot.pattern.replace("-", "[- ]?", 1)), upper)
        found = [_with_dash(code, slot.pattern) for code in bare]
    return list(dict.fromkeys(found))


def _bounded(pattern: str) -> str:
    return rf"(?<![A-Z0-9-])(?:{pattern})(?![A-Z0-9])"


def _with_dash(code: str, pattern: str) -> str:
    letters = pattern.partition("-")[0]
    return f"{code[: len(letters)]}-{code[len(letters) :].lstrip(' -')}"


def _patterns(offer: Offer) -> list[str]:
    return [slot.pattern for slot in offer.slots if slot.kind == "code" and slot.pattern]


def _spoken_of(slot: Slot, *, history: Sequence[Utterance]) -> list[str]:
    """The code in the customer's own latest words that hold one."""
    for said in reversed(history):
        if said.role == "user" and (found := _codes_in(plain(said.text), slot)):
            return found
    return []


def _whole(text: str, slot: Slot) -> list[str]:
    value = _new_text(text, slot=slot, codes=()) or _trimmed(text)
    fits = SHORTEST_TEXT <= len(value) <= slot.longest
    return [value] if fits else []


def _new_text(text: str, *, slot: Slot, codes: Sequence[str]) -> str:
    """What stands behind "to", "改成" or a colon."""
    found = _INTRODUCES.search(text)
    if not found:
        return ""
    value = text[found.end() :]
    for code in codes:  # "… to 5 Mill Lane for order MW-20418"
        value = re.sub(
            rf"(?i)[,，;； ]*(?:(?:for|of|on|in) )?(?:my |the )?(?:order|订单)?(?:号|号码)?[:： ]*{code}.*$",
            "",
            value,
        )
    value = _trimmed(value)
    return value if SHORTEST_TEXT <= len(value) <= slot.longest else ""


def _trimmed(text: str) -> str:
    text = re.sub(
        r"(?i)[,，.。!！;； ]*(?:please|instead|thanks|thank you|many thanks|谢谢|多谢|麻烦了|可以吗|好吗|吧)[.!。！?？ ]*$",
        "",
        text,
    )
    return text.strip(" ,，.。!！?？;；:：\"'“”")


_VERDICT = (  # on the address that is known: "is wrong", "is no longer right"
    r"(?:(?:now|still|completely|totally|really|actually|just|all|quite|very|so|a bit|probably) )*"
    r"(?:wrong|incorrect|inaccurate|not|no longer|outdated|out of date|old|obsolete|invalid|incomplete|missing|different|mistaken|false|bad|misspel\w+|mistyped|"
    r"right|correct|fine|ok|okay|the (?:wrong|old|same|previous))\b"
)
_INTRODUCES = re.compile(
    rf"(?i)(?:改成|改为|换成|改到|换到|改寄到|寄到|寄往|送到|更改为|修改为|变更为|更新为|address (?:is|to be)(?= \d| (?!{_VERDICT})[^\s,]+,? [^\s,])|"
    r"(?<!\bwant )(?<!\blike )(?<!\bneed )(?<!\bwish )(?<!\bhow )\bto(?= (?!change\b|update\b|be\b|the (?:delivery|shipping)|my (?:delivery|shipping)))|地址[:：为]|地址是(?!.{0,4}(?:错|不对|不正确|有误|旧的|以前))|地址更正[:：]|应该?[是为]|address(?: (?:for|of) [^:]{1,30})?:|should be(?= \d))[:： ]*"
)
_REFERS = re.compile(
    r"\b(?:it|this|that|same|last time|the other day)\b|它|这个|那个|这单|那单|这笔|该订单|这份|上面|刚才|上次|上回|上一次|之前(?:[问说提聊]|那)"
)
_YES = re.compile(
    r"(?:yes|yep|yeah|sure|ok|okay|please do)(?:[, ]+(?:please|thanks|thank you))?|是的?|好的?|要的?|可以|对的?|需要"
)
_NO = re.compile(r"(?:no|nope)(?:[, ]+(?:thanks|thank you))?|否|不|不是|不要|不用了?|不需要")
_NEVER_MIND = re.compile(
    r"^(?:no\b(?!\.?\s*\d)|nope|never ?mind|forget (?:it|about it)|cancel that|stop\b|leave it|don't|不用|算了|不要了|不了|没事|取消吧|别(?!墅))"  # "No. 12" and 别墅 begin an address
)


# --- What asks for it ---------------------------------------------------------------------------------------

_POLITE_EN = r"(?:(?:hi|hello|hey|hi there|hello there|hey there|ok|okay|yes|so|then|please|pls|plz|kindly|just|sorry|thanks|good (?:morning|day|evening))[,!. ]+)*"
_WANT_EN = (
    r"(?:i|we)(?:'d| would)? (?:really |now |just )?(?:want|need|like|wish|have)(?: you)? to (?:please )?"
    r"|(?:can|could|would|will) (?:you|u) (?:please |kindly )?(?:help me (?:to )?)?|(?:please )?help me (?:to )?"
)
_WISH_EN = rf"^{_POLITE_EN}(?:{_WANT_EN}|)"  # or simply said: "cancel my order"
_WISH_ZH = (
    r"(?:请|麻烦|劳驾|帮我|帮忙|给我|替我|我要|我想要?|我需要|需要|想要|我得|你们?帮我|您帮我|能帮我|可以帮我|能不能帮我|可不可以帮我|可否帮我|能否帮我)"
    r"(?:你们?|您|请|麻烦|帮我|帮忙|给我|把|申请|办理|处理|来|去|要|直接|现在|尽快){0,3}"
)
_ORDER_EN = r"(?:my|the|this|that|our)(?: whole| entire| last| latest| recent)? (?:order|purchase)\b(?: (?:number |no\.? ?|#)?%(code)s)?|(?:order )?(?:number |no\.? ?|#)?%(code)s|(?:it|this|that)\b(?= (?:order\b|please\b)|[.! ]*$)"
_ORDER_ZH = r"(?:我的?|我[^,，。?？]{1,8}的|这个|那个|这|那|该|上面的?|刚才的?|刚下的?|上[次回](?:[问说提聊][过到]?)?的?那?个?)?(?:(?:订单|单子|那单|这单|那笔|这笔)(?:号)?[:： ]*(?:%(code)s)?|%(code)s(?:这个订单|的订单|这单|这个)?)"
_A_CODE = r"(?<![a-z0-9])[a-z]{0,4}-?\d{3,20}[a-z0-9-]{0,12}"


def _en(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("%(order)s", f"(?:{_ORDER_EN})").replace("%(code)s", _A_CODE))


def _zh(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("%(order)s", _ORDER_ZH).replace("%(code)s", _A_CODE))


_ASKS: dict[Intent, tuple[re.Pattern[str], ...]] = {
    "cancel": (
        _en(_WISH_EN + r"cancel (?:%(order)s)"),
        _en(rf"^{_POLITE_EN}would you mind cancell?ing (?:%(order)s)"),
        _en(rf"^{_POLITE_EN}(?:i|we)(?:'d| would)? (?:want|need|like) (?:%(order)s) (?:to be )?cancell?ed\b"),
        _en(
            r"^(?:order )?(?:number |no\.? ?|#)?%(code)s[:,. ]+(?:please |pls )?cancel(?: it| this)?(?: please)?$"
        ),
        _zh(r"^(?:订单|单号|这单)?(?:号)?[:： ]*%(code)s[,， ]*(?:申请)?取消(?:一下|掉)?吧?$"),
        _zh(_WISH_ZH + r"(?:%(order)s)?[:： ]*(?:给我|帮我)?取消(?:掉|一下|了)?(?!的)[:： ]*(?:%(order)s)?"),
        _zh(r"^(?:你好|您好)?[,， ]*取消(?:一下|掉)?(?:我的|这个|该)?(?:订单|单子)?(?:号)?[:： ]*%(code)s"),
        _zh(r"^(?:你好|您好)?[,， ]*取消(?:一下|掉)?(?:我的|这个|那个|该)(?:订单|单子)"),
        _zh(r"把(?:%(order)s)(?:给我|帮我)?取消"),
        _zh(r"(?:订单)(?:号)?[:： ]*%(code)s[,，。 ]*(?:请|麻烦|帮我|给我|我要|我想|不要了)[^?？]{0,6}取消"),
    ),
    "return": (
        _en(
            _WISH_EN
            + r"(?:return|send back) (?:%(order)s|(?:(?:my|the|this|that|these|those) )(?:[\w-]+ ){1,4}(?:from|of|in) (?:my |the )?(?:order )?%(code)s)"
        ),
        _en(
            _WISH_EN
            + r"(?:start|open|register|request|arrange|create|make|book|set up|process) (?:a|the|my) return (?:for|of|on) "
        ),
        _zh(_WISH_ZH + r"(?:%(order)s)?(?:的)?(?:给我|帮我)?(?:退货|退掉|退了)(?!的)"),
        _zh(_WISH_ZH + r"(?:退掉?|退回)(?:%(order)s)"),
        _zh(r"把(?:%(order)s)(?:给我|帮我)?(?:退了|退掉|退货)"),
        _zh(
            r"(?:订单)(?:号)?[:： ]*%(code)s[,，。 ]*(?:请|麻烦|帮我|给我|我要|我想|申请)[^?？]{0,6}(?:退货|退掉)"
        ),
    ),
    "change_address": (
        _en(
            _WISH_EN
            + r"(?:change|update|correct|edit) (?:(?:my|the) )?(?:(?:delivery|shipping|postal) )?address\b"
        ),
        _en(
            _WISH_EN
            + r"(?:change|update|correct|edit) (?:my|the) (?:order|parcel)(?:'s)? (?:delivery |shipping )?address\b"
        ),
        _en(_WISH_EN + r"(?:send|ship|deliver|redirect) (?:%(order)s)(?: %(code)s)? to (?!me\b|the right)"),
        _zh(
            _WISH_ZH
            + r"(?:%(order)s)?(?:的)?(?:修改|更改|变更|改|换)(?:一下|下|个)?(?:%(order)s)?(?:的)?(?:收货|配送|送货|寄送|收件)?(?:地址)"
        ),
        _zh(
            r"(?:%(order)s)?(?:的)?(?:收货|配送|送货|寄送|收件)?地址(?:改|换|修改|更改|变更)(?:成|为|到)(?!了)"
        ),
    ),
    "status": (
        _en(r"^(?:hi|hello)?[, ]*(?:has|did) %(code)s (?:been )?(?:shipped?|dispatched|sent|arrived?)\b"),
        _en(
            r"(?:where(?:'s| is)|track|check(?: on)?|look up|show me|status of|state of|update on|news (?:on|about)|happened to) (?:the status of )?(?:my|the|this|that)? ?(?:order|parcel|package|delivery)?s? ?(?:number |no\.? ?|#)?%(code)s"
        ),
        _en(
            r"\bwhen (?:will|does|is|should) (?:my |the )?(?:order |parcel )?(?:number |no\.? ?|#)?%(code)s\b"
        ),
        _en(r"\bwhere (?:my|the|this) (?:order|parcel|package) (?:number |no\.? ?|#)?%(code)s is\b"),
        _en(r"%(code)s[^?]{0,30}(?:where is it|hasn't arrived|has not arrived|not arrived yet)"),
        _en(
            r"^(?:hi|hello)?[, ]*(?:has|did|is) my (?:order|parcel|package)(?: been)? (?:shipped?|dispatched|sent|on its way|arrived?)\b"
        ),
        _zh(
            r"%(code)s[,， ]*(?:大概|大约|预计)?(?:什么时候|几时|多久|何时|哪天)(?:能|会|可以)?(?:到|送到|送达|发货|寄出)"
        ),
        _zh(r"我的(?:订单|包裹|快递)(?:怎么|为什么)?(?:还没|还没有|一直没)(?:到|收到|发货)"),
        _en(
            r"(?:^|[,.!] ?|\b(?:please|hi|hello|and|but) )(?:where(?:'s| is)|track|check(?: on)?|what(?:'s| is) the (?:status|state) of) (?:my|this|that) (?:order|parcel|package)\b(?! (?:number|confirmation|history))"
        ),
        _en(
            r"\b(?:has|have|is|was|did) (?:my |the )?(?:order|parcel|package) (?:number |no\.? ?|#)?%(code)s "
        ),
        _en(r"\border (?:number |no\.? ?|#)?%(code)s[.!:, ]*(?:status|where|tracking)"),
        _zh(
            r"(?:查|看|跟踪|查询|追踪|查看)(?:一下|下|查|看)?(?:我的?|这个|那个|这|那|我?上[次回](?:[问说提聊][过到]?)?的?那?个?)(?:订单|单子|包裹|快递)(?!号在哪)"
        ),
        _zh(r"(?:查|看|跟踪|查询|追踪|查看)(?:一下|下|查|看)?(?:订单|单子|包裹|快递)?(?:号)?[:： ]*%(code)s"),
        _zh(
            r"(?:我的|这个|那个)(?:订单|单子|包裹|快递)(?:现在|目前)?(?:到(?:哪|那)|在(?:哪|那)|发货(?:了)?(?:吗|没|么)|什么(?:状态|情况)|怎么样了|送到(?:哪|那)|寄出)"
        ),
        _zh(
            r"(?:订单|单子|包裹|快递)?(?:号)?[:： ]*%(code)s[,， ]*(?:现在|目前|的)?(?:到(?:哪|那)|在(?:哪|那)|发货|什么(?:状态|情况|时候到)|怎么样|状态|进度|物流|送到|寄出)"
        ),
    ),
}

_QUESTION_EN = re.compile(
    r"\b(?:how|what|when|why|which|who|whether|where|is it|is there|are there|am i|can i|could i|may i|do i|should i|would i|must i|"
    r"do you|does|did|will i|will it|possible|allowed|able to|can we|could we|if|unless|in case|suppose|before|after|until|"
    r"fee|fees|policy|cost|costs|charge|charged|anyway|wonder|wondering|thinking|consider\w*|maybe|perhaps|might|tried|trying|couldn't|can't|cannot|already)\b"
)
_QUESTION_ZH = re.compile(
    r"怎么|怎样|如何|咋|是否|会不会|多久|多少|什么|为何|哪|几天|几号|谁|吗|么|呢|如果|要是|假如|万一|能不能|可不可以|能否|可否|可以不|行不行|"
    r"政策|规则|条件|流程|手续费|费用|已经|之前|以后|之后|的话|还能|还可以|可能|也许|考虑|犹豫|试过|点了|失败|找不到|没法|无法|不能|为啥|有没有"
)
_YOU_MAY = re.compile(
    r"^(?:.{0,12})(?:能不能|可不可以|能否|可否|能|可以)(?:请|麻烦)?(?:你们?|您)?(?:帮|替|给)(?:我|忙)"
)
_NOT = re.compile(
    r"\b(?:don't|do not|didn't|never|not|no longer|without|stop)\b|不要(?=取消|给我|帮我|再|退)|别取消|别退|不想(?!要)|不用|不是要|不需要|没有?要|被取消|不会|无需|勿"
)
_NOT_THE_ADDRESS = re.compile(
    r"e-?mail|mail address|billing|invoice|account|profile|default|\bip\b|web|company|shop|store|return address|邮箱|邮件|账单|发票|账户|账号|默认|个人资料|网址|门店|退货地址|公司地址"
)


# "The address is wrong, make it …": the address and the wish stand in two breaths.
_MOVES = re.compile(
    r"地址[^?？]{0,16}[,，。 ](?:请|麻烦|帮我|帮忙|给我)[^?？,，。]{0,6}(?:改|换)(?:成|为|到)"
)
_AN_ORDER = re.compile(rf"order|purchase|\b(?:it|this|that)\b|订单|单子|这单|那单|这笔|那笔|它|{_A_CODE}")


def _asks_for(text: str, offer: Offer) -> bool:
    lowered = text.lower()
    if not offer.intent:
        return _asks_in_words(lowered, words=offer.words)
    if offer.intent == "status":
        return _asks_to_see(lowered)
    if offer.intent == "change_address" and _NOT_THE_ADDRESS.search(lowered):
        return False
    if offer.intent == "change_address" and _MOVES.search(lowered) and not _asks_about(lowered):
        return True
    if offer.intent == "cancel" and not _AN_ORDER.search(lowered):
        return False
    orders = any(_orders(clause, _ASKS[offer.intent]) for clause in _clauses(lowered))
    return orders and not _asks_about(lowered)


def _asks_to_see(lowered: str) -> bool:
    about = re.search(
        r"\b(?:where|how) (?:can|do|could|should|would) (?:i|we)\b|\bif\b|\bwhat if\b|怎么(?:查|看|跟踪|追踪)|如何|在哪(?:里|儿)?(?:查|看|可以)|哪(?:里|儿)(?:能|可以)?(?:查|看)|如果|要是",
        lowered,
    )
    return (
        not about
        and not _ABOUT_OTHERS.search(lowered)
        and any(pattern.search(lowered) for pattern in _ASKS["status"])
    )


_ABOUT_OTHERS = re.compile(r"cancel|return|refund|address|invoice|exchange|退|取消|地址|换|发票|改")


def _asks_in_words(lowered: str, *, words: Sequence[str]) -> bool:
    """Something of the site's own: a wish, and one of its words in the same breath."""
    wish = re.compile(rf"^{_POLITE_EN}(?:{_WANT_EN}|please )|{_WISH_ZH}")
    return not _asks_about(lowered) and any(
        not _NOT.search(clause) and wish.search(clause) and any(word.lower() in clause for word in words)
        for clause in _clauses(lowered)
    )


def _orders(clause: str, patterns: Sequence[re.Pattern[str]]) -> bool:
    return not _NOT.search(clause) and any(pattern.search(clause) for pattern in patterns)


def _clauses(lowered: str) -> list[str]:
    """Breaths. A comma ends one only where what follows begins a wish of its own."""
    parts = re.split(
        r"(?<!\bno)[.!;。！；?？]\s*|,\s*(?:but|and|so)\s+|[,，]\s*(?=please|pls|can you|could you|i |请|麻烦|帮我|我|取消|申请)",
        lowered,
    )
    return [part.strip(" ,，") for part in parts if part and part.strip(" ,，")]


def _asks_about(lowered: str) -> bool:
    """Whether anything in it is a question, or hangs on a condition. "Can you …" for us is a wish."""
    return any(_is_question(sentence) for sentence in _sentences(lowered))


def _is_question(sentence: str) -> bool:
    if re.match(rf"{_POLITE_EN}(?:can|could|would|will) you\b", sentence):
        sentence = re.sub(r"\?$", "", sentence)
    if found := _YOU_MAY.match(sentence):
        sentence = re.sub(r"[吗么呢]?[?？]?$", "", sentence[found.end() :])
    address = _INTRODUCES.search(sentence)  # "… to 12 Where Lane": what is told is not asked
    told = sentence[: address.start()] if address else sentence
    asks = sentence.endswith(("?", "？")) or re.search(r"[吗么呢]$", sentence)
    return bool(asks or _QUESTION_EN.search(told) or _QUESTION_ZH.search(told))


def _asks_something(text: str) -> bool:
    """Said in answer to what was asked back: whether it is a question of its own."""
    return text.endswith(("?", "？")) or bool(
        re.match(r"(?i)(?:how|what|when|why|where|can i|could i|do you|is there|are there)\b", text)
        or re.search(r"怎么|如何|吗$|多久|为什么|什么", text)
    )


def _sentences(lowered: str) -> list[str]:
    """Without the mark at their end, unless it asks."""
    return [bare for part in split_sentences(lowered) if (bare := part.rstrip(" .!。！…；"))]
