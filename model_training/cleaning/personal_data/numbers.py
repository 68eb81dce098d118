"""Everything that is made of digits: cards, identity numbers, IBAN, phones, orders, accounts, secrets, addresses on the net.

Dates, times, prices, amounts and versions are looked for first and left alone. A long run of digits is personal until
it is known not to be: what identifies nobody can be said without it.
"""

import re
from collections.abc import Iterator

from model_training.cleaning.personal_data import checksums
from model_training.cleaning.personal_data.spans import Kind, Span

_GAP = r"[ \t.\-_/·]{0,3}"  # what people put between groups
_HARMLESS = re.compile(
    r"""(?ix)
    (?<!\d)(?:19|20)\d{2}\s?(?:[-/.年]\s?(?:0?[1-9]|1[0-2]))\s?(?:[-/.月]\s?(?:0?[1-9]|[12]\d|3[01]))(?!\d)\s?[日号]?(?:[T\s]*\d{1,2}:\d{2}(?::\d{2})?)?
    | (?<!\d)(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|1[0-2])[-/.](?:19|20)\d{2}(?!\d)
    | (?<!\d)(?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])[-/.](?:(?:19|20)\d{2}|\d{2})(?![\d.-])
    | (?<![\d.])\d{1,2}:\d{2}(?::\d{2})?(?:\s?[-~至到]\s?\d{1,2}:\d{2})?
    | (?:[$€£¥￥₹]|\b(?:usd|eur|gbp|rmb|cny|hkd|jpy))\s?\d[\d,]*(?:\.\d+)?
    | (?<![\d.A-Za-z-])\d[\d,]*(?:\.\d+)?\s?(?:元|块钱?|美元|美金|人民币|欧元|英镑|日元|港币|万|亿|%|％|度|℃|°|折|公里|千米|厘米|毫米|米|千克|公斤|克|斤|毫升|升|小时|分钟|秒|天|个月|年|寸|毫安|瓦|伏|件|台|个|次|页|字|岁
        |(?:dollars?|euros?|pounds?|yuan|usd|eur|gbp|rmb|cny|percent|km|cm|mm|kg|mg|ml|lbs?|oz|mah|kwh?|w|watts?|volts?|gb|mb|tb|mbps|hours?|hrs?|minutes?|mins?|seconds?|days?|weeks?|months?|years?|miles?|feet|inch(?:es)?|px|rpm|lumens?|units?|pieces?|items?|people|stars?|credits?|points?)\b)
    | \b(?:v|ver|version|firmware|版本(?:号)?|固件)[\s.:：]?\d+(?:\.\d+){1,4}
    | \b(?:19|20)\d{2}\s?[-~–至到]\s?(?:19|20)?\d{2}\b(?!\s?[-\d])
    """
)
# A Chinese word on either side of a number is no part of it.
_DIGITS = re.compile(
    rf"(?<![A-Za-z\d_.])\(?\+?\d(?:{_GAP}\(?\d\)?){{5,}}(?![A-Za-z\d_])|(?<!\d)\d{{7,}}(?!\d)"
)
_CARD_GROUPS = re.compile(r"(?<![\d+])\d(?:[ \t.\-_/·,*]{0,3}\d){11,18}(?!\d)")
_ID_GROUPS = re.compile(
    r"(?<![\dA-Za-z])[1-9](?:[ \t.\-_·]{0,3}\d){16}[ \t.\-_·]{0,3}[\dXx](?![\dA-Za-z])|(?<!\d)[1-8]\d{14}(?!\d)"
)
_OTHER_IDS = re.compile(
    r"""(?x)
    (?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])                                  # US social security
    | \b[A-Z]{2,5}9{0,3}\s?\d{6}\s?[A-Z]{2}\d[A-Z]{2}\b                        # UK driving licence
    | \b[A-CEGHJ-TW-Z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D]\b           # UK national insurance
    | \b[A-Z]{1,2}\d{6}\s?\([\dA]\)                                       # Hong Kong
    | \b[A-Z][12]\d{8}\b                                                  # Taiwan
    | (?<![A-Za-z0-9])[EGDSPeg][A-Z]?\d{8}(?!\d)                          # Chinese passport
    """
)
_ID_CONTEXT = re.compile(
    r"(?i)(?:passport|driver'?s? licen[sc]e|licen[sc]e|national id|identity card|id (?:card|number|no)|ssn|social security|tax (?:id|number)|护照|身份证|证件|驾照|驾驶证|社保|军官证|港澳通行证|通行证|台胞证|回乡证|居住证|税号|学号|工号|病历)"
    r"(?:号码?|卡号)?(?:[\s:：#.是为]|\b(?:number|no\.?|num|is|of|it's|my)\b|[，,])*([A-Za-z]{0,3}[ ]?\d[\dA-Za-z]*(?:[ -]{1,2}(?:(?=[A-Z]{0,3}\d)[\dA-Z]+|[B-HJ-Z])(?![\dA-Z]))*)"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[ -]?\d{2}(?:[ -]?[A-Z0-9]){11,30}(?![A-Za-z0-9])")
_IBAN_CONTEXT = re.compile(
    r"(?i)\biban\b(?:[\s:：#]|number|is|no\.?)*([A-Z]{2}\d{2}(?:[ -]?[A-Z]{4})?(?:[ -]?(?=[A-Z]{0,3}\d)[A-Z0-9]{1,4}){2,8})"
)
_MOBILE = re.compile(
    r"(?<![\d.])(?:\(?(?:\+|00)?\s?86\)?[\s.-]{0,2})?1[ \t.\-_*·]{0,3}[3-9](?:[ \t.\-_·/()]{0,3}\d){9}(?!\d)"
)
_PHONES = re.compile(
    r"""(?x)
    (?<![A-Za-z\d_.])(?:\+|00)[ ]?[1-9]\d{0,2}(?:[ .\-/]{0,2}\(?0?\)?[ .\-/]{0,2}\(?\d{1,5}\)?){1,6}(?![A-Za-z\d_])             # +49 (0)30 …
    | (?<![\d.])(?:1[ .\-])?\(?\d{3}\)?[ .\-/]{1,3}\d{3}[ .\-]{1,3}\d{4}(?![\d-])(?:\s?(?:x|ext\.?|extension|\#)\s?\d{1,6})?  # 555 123 4567
    | (?<![\d.])1?\(\d{3}\)[ .\-]?\d{3}[ .\-]?\d{4}(?!\d)(?:\s?(?:x|ext\.?|extension|\#)\s?\d{1,6})?
    | (?<![\d.])\d{3}-?\d{3}-?\d{4}\s?(?:x|ext\.?|extension)\s?\d{1,6}
    | (?<![\d.])\(?0\d{2,3}\)?[ \-]{0,2}\d{3,4}[ \-]?\d{4}(?!\d)(?:\s?(?:转|转分机|分机|ext\.?|-)\s?\d{1,6})?                     # 010-8888 8888
    | (?<![\d.])0\d{1,4}(?:[ .\-/]{1,2}\d{2,4}){2,4}(?!\d)                                                                 # 0494 92 82 32
    | (?<![\d.])\(0\d{1,4}\)[ .\-/]{0,2}\d{2,8}(?:[ .\-/]{1,2}\d{2,4}){0,4}(?!\d)
    | (?<![\d.])[48]00[ \-]?\d{3,4}[ \-]?\d{3,4}(?!\d)
    | (?<![\d.\-])[2-9]\d{2}-\d{4}(?![\d-])                                                                                # 555-0199
    | (?<![\d.])[1-9]\d{1,2}(?:[ ]\d{2,3}){3,4}(?!\d)                                                                       # 92 82 32 11
    | (?<![\d.])[1-9]\d{3}[ \-]\d{3}[ \-]\d{3}(?!\d)
    """
)
_PHONE_CONTEXT = re.compile(
    r"(?i)(?:phone|telephone|tel|mobile|cell(?:phone)?|call(?: me| back)?(?: at| on)?|dial|fax|whatsapp|text me(?: at| on)?|registered|office|home number|reach (?:me|us) (?:at|on)|ring|电话|手机|分机|总机|热线|专线|号码|联系方式|联系|拨打|致电|座机|传真|来电|打给我)"
    r"(?:号码?|方式)?(?:[\s:：#.是为，,（(]|\b(?:number|no\.?|is|at|on|it's|me|my)\b){0,8}(\+?\(?\d(?:[\s().\-/]{0,2}\d){4,14})"
)
_ORDER = re.compile(
    r"""(?ix)
    (?:\b(?:orders?|order[ ]?(?:id|number|no)|purchase|tracking|shipment|parcel|package|waybill|consignment|reservation|booking|confirmation|invoice|receipt|case|ticket|rma|return|refund|transaction|reference|ref|claim|policy|customer|member(?:ship)?|loyalty|account|client|serial|contract|case|subscription|voucher|flight|pnr|username|user[ ]?name|user[ ]?id|login|login[ ]id|id)\b
       | 订单|单号|快递|运单|物流|退货单|工单|流水|交易|预订|预约|发票|编号|序列|保单|合同|客户号|客户编号|会员|卡号|账户|账号|帐号|户名|用户名|用户id|取件码|提货码|凭证|设备号)
    (?:号码?|编号|单号|单|id|码|卡)?
    (?:[\s:：\#＃"'“”]|\b(?:numbers?|no|num|nr|id|code|is|was|with|of|the|my|it's|reference|ref|as)\b\.?|[是为叫，,（(【\[]){0,40}
    ((?=[A-Z0-9_/-]*\d)[A-Z0-9](?:[A-Z0-9]|[-_/](?=[A-Z0-9])){3,39}(?:[ ]\d{3,8}(?![\w%]|[ ]?(?:x|days|pieces|units|times)\b)){0,4})(?![A-Z0-9])
    """
)
_LETTER_CODE = re.compile(
    r"(?:\b(?:reservation|booking|confirmation|pnr|reference)\b(?:[\s:#]|\b(?:number|no\.?|code|id|is|the|my)\b)*|(?:预订|预约|订座|确认)(?:码|号|编号)(?:[\s:：是为])*)((?=[A-Z0-9]*[A-Z])[A-Z0-9]{6})(?![A-Za-z0-9])"
)
_GROUPED_CODE = re.compile(
    r"(?:(?i:\b(?:reservation|booking|confirmation|pnr|reference|ref|ticket|case|claim)\b)(?:[\s:#]|(?i:\b(?:number|no\.?|code|id|is|the|my)\b))*|(?:预[订约]|订座|确认|工单|凭证|取件)(?:码|号|编号)(?:[\s:：是为])*)((?=(?:[A-Z ]*\d){3})[A-Z0-9]{2,4}(?:[ ][A-Z0-9]{2,4}){1,3})(?![A-Za-z0-9])"
)
_LOOSE_ORDER = re.compile(
    r"""(?x)
    [\#＃]\s?[A-Z]{0,4}[ ]?\d{4,20}(?:-[A-Z0-9]{1,8}){0,3}(?![\w])
    | \b1Z[0-9A-Z]{16}\b
    | \b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b
    | (?<![A-Za-z0-9])[A-Za-z]{1,5}[-_]?\d{6,20}(?:[-_]\d{1,8})?[A-Z]{0,2}(?![A-Za-z0-9])
    | (?<![A-Za-z0-9])[A-Z]{2,5}-\d{3,8}-[A-Z0-9]{3,12}(?![A-Za-z0-9])
    """
)
_ACCOUNT = re.compile(
    r"(?i)(?:qq|微信|wechat|weixin|\bv信|\bvx|\bwx|支付宝|alipay|抖音|微博|whatsapp|telegram|\btg|skype|line id|instagram|\bins|twitter|facebook|snapchat|小红书|淘宝|旺旺)(?:号码?|账号|帐号|id|昵称|名)?(?:[\s:：是为加@]|\b(?:is|id|number|handle|me|at|my)\b){1,6}(?!(?:支付|付款|公众号|小程序|好友|群|扫码|转账|客服))([A-Za-z0-9][A-Za-z0-9_.-]{4,24})"
)
_SECRET = re.compile(
    r"""(?ix)
    (?:\bpass(?:word|code|phrase|wd)?\b|\bpwd\b|\bpin(?:\s?code)?\b|\bcvv2?\b|\bcvc2?\b|\bsecurity\s?code\b|\b(?:verification|one[\s-]?time|auth\w*|access|otp|login|sms)\s?(?:code|password)\b|\botp\b|\bsecret\b|\bapi[\s_-]?key\b|\btoken\b|密码|口令|验证码|校验码|动态码|安全码|支付码|交易密码)
    (?:[\s:：="'“]|\b(?:is|was|are|to|it's|as|of|my|the)\b|[是为，,改成])*
    ((?=[^\s]*\d)[A-Za-z0-9!@\#$%^&*_.+-]{3,40})
    | \b(?:sk|pk|rk|ghp|gho|xox[abp]|AKIA|AIza)[-_]?[A-Za-z0-9_-]{12,}
    | \beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}
    | (?:\b(?:exp(?:iry|ires|iration)?(?:\s?date)?|valid\s?(?:thru|until|till))\b|有效期(?:至|到)?)[\s:：是为]*((?:0[1-9]|1[0-2])\s?[/-]\s?(?:20)?\d{2})(?!\d)
    """
)
_BIRTHDAY = re.compile(
    r"(?i)(?:\b(?:born|birth ?(?:day|date)|date of birth|dob)\b|出生(?:日期|年月日?|于)?|生日|生于)(?:[\s:：是为在,]|\b(?:is|on|in|it's|was|my)\b)*"
    r"((?:19|20)\d{2}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?[日号]?|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)?\d{2}"
    r"|(?:19|20)\d{6}(?!\d)|(?:\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(?:\d{1,2}(?:st|nd|rd|th)?,?\s+)?(?:19|20)\d{2})"
)
_IP = re.compile(
    r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.]*\w)"
    r"|(?<![\w:])(?:[0-9a-fA-F]{1,4}:){4,7}[0-9a-fA-F]{1,4}(?![\w:])|(?<![\w:])(?:[0-9a-fA-F]{1,4}:){1,6}:(?:[0-9a-fA-F]{1,4})?(?:[0-9a-fA-F:]{0,24})(?<=[0-9a-fA-F])(?![\w:])"
    r"|(?<![\w:-])(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}(?![\w:-])"
)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·•\s.-]?[A-HJ-NP-Z0-9]{5,6}(?![A-Za-z0-9])"
)
_AMOUNT_BEFORE = re.compile(
    r"(?:[$€£¥￥₹]|价格|金额|总共|共计|合计|花了|付了|amount|price|total|size|尺寸|型号|model|sku|条码|barcode|isbn|ean|page|页)\s?(?:[:：为是]|of|is|was)?\s?$",
    re.IGNORECASE,
)
_PHONE_WORD = re.compile(r"(?i)电话|手机|座机|\b(?:phone|call|tel|mobile|number)\b")
_LOCAL = 7
_SHORTEST_ID = 6  # characters
_LONG = 9  # digits from which on a bare run is personal without further signs


def find_numbers(text: str) -> Iterator[Span]:
    """The surest first; a later span that touches an earlier one is dropped by whoever collects them."""
    yield from _births(text)
    yield from _secrets(text)
    yield from _ibans(text)
    yield from _identities(text)
    yield from _cards(text)
    yield from (Span(*found.span(), Kind.IP) for found in _IP.finditer(text))
    yield from (Span(*found.span(), Kind.PLATE) for found in _PLATE.finditer(text))
    harmless = [found.span() for found in _HARMLESS.finditer(text)]
    for span in _weaker(text):
        if not any(start < span.end and span.start < end for start, end in harmless):
            yield span


def _weaker(text: str) -> Iterator[Span]:
    yield from (Span(*found.span(), Kind.PHONE) for found in _MOBILE.finditer(text))
    yield from (Span(*found.span(1), Kind.PHONE) for found in _PHONE_CONTEXT.finditer(text))
    yield from (Span(*found.span(1), Kind.ACCOUNT) for found in _ACCOUNT.finditer(text))
    yield from (
        Span(*found.span(1), Kind.ORDER) for found in _ORDER.finditer(text) if _is_code(found.group(1))
    )
    for pattern in (_LETTER_CODE, _GROUPED_CODE):
        yield from (Span(*found.span(1), Kind.ORDER) for found in pattern.finditer(text))
    yield from (_phone(found) for found in _PHONES.finditer(text) if _could_be_phone(text, found))
    yield from (Span(*found.span(), Kind.ORDER) for found in _LOOSE_ORDER.finditer(text))
    yield from _long_runs(text)


def _births(text: str) -> Iterator[Span]:
    yield from (Span(*found.span(1), Kind.BIRTHDAY) for found in _BIRTHDAY.finditer(text))


def _secrets(text: str) -> Iterator[Span]:
    for found in _SECRET.finditer(text):
        start, end = next((found.span(group) for group in (1, 2) if found.group(group)), found.span())
        yield Span(start, end, Kind.SECRET)


def _ibans(text: str) -> Iterator[Span]:
    for found in _IBAN.finditer(text):
        end = _iban_end(found.group())
        if end:
            yield Span(found.start(), found.start() + end, Kind.IBAN)
    yield from (Span(*found.span(1), Kind.IBAN) for found in _IBAN_CONTEXT.finditer(text))


def _iban_end(text: str) -> int:
    """Words behind an IBAN look like more of it: the longest beginning whose sum is right, 0 for none."""
    for end in range(len(text), 14, -1):
        if text[end - 1] not in " -" and checksums.is_iban(re.sub(r"[ -]", "", text[:end])):
            return end
    return 0


def _identities(text: str) -> Iterator[Span]:
    for found in _ID_GROUPS.finditer(text):
        number = re.sub(r"[^\dXx]", "", found.group())
        if checksums.is_chinese_id(number) or checksums.looks_like_chinese_id(number):
            yield Span(*found.span(), Kind.ID_NUMBER)
    yield from (Span(*found.span(), Kind.ID_NUMBER) for found in _OTHER_IDS.finditer(text))
    for found in _ID_CONTEXT.finditer(text):
        if len(found.group(1)) >= _SHORTEST_ID:
            yield Span(*found.span(1), Kind.ID_NUMBER)


def _cards(text: str) -> Iterator[Span]:
    for found in _CARD_GROUPS.finditer(text):
        digits = re.sub(r"\D", "", found.group())
        two_phones = re.fullmatch(r"\d{7,8}[^\d]+\d{7,8}|1\d{10}", found.group())
        if not two_phones and (checksums.is_card(digits) or len(digits) in (16, 19)):
            yield Span(*found.span(), Kind.CARD)


def _phone(found: re.Match[str]) -> Span:
    start = found.start() + (len(found.group()) - len(found.group().lstrip()))
    return Span(start, found.end(), Kind.PHONE)


def _could_be_phone(text: str, found: re.Match[str]) -> bool:
    digits = re.sub(r"\D", "", found.group())
    return 7 <= len(digits) <= 20 and not _AMOUNT_BEFORE.search(
        text[max(0, found.start() - 12) : found.start()]
    )


def _is_code(code: str) -> bool:
    """At least three digits, or letters and digits mixed: "order 2 kettles" and "order iphone15" name no order."""
    digits = sum(character.isdigit() for character in code)
    if code.isdigit():
        return digits >= 4 and not (digits == 4 and code[:2] in ("19", "20"))
    return digits >= 3


def _long_runs(text: str) -> Iterator[Span]:
    """Where phones are spoken of, seven digits are one: the second of two stands without a sign of its own."""
    long = _LOCAL if _PHONE_WORD.search(text) else _LONG
    for found in _DIGITS.finditer(text):
        digits = re.sub(r"\D", "", found.group())
        if len(digits) >= long and not _AMOUNT_BEFORE.search(
            text[max(0, found.start() - 12) : found.start()]
        ):
            yield Span(*found.span(), Kind.PHONE if len(digits) <= 12 else Kind.ORDER)
