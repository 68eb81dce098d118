"""What sentences of support are made of when they say nothing: greetings, thanks, waiting, apologies, hand-offs.

`kind_of` tells what a whole message amounts to; a message with one sentence of substance is substance.
"""

import re
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

from retrieval import split_sentences

_LISTS = Path(__file__).parent / "lists"


class Kind(StrEnum):
    SUBSTANCE = "substance"
    BOILERPLATE = "boilerplate"
    HOLLOW_APOLOGY = "hollow_apology"
    HANDOFF = "handoff"


_HANDOFF = re.compile(
    r"""(?ix)
    \b(?:transfer|connect|forward|hand|put|pass|redirect|escalat|rout|refer|switch)(?:t?ing|r?ing|ed|e)?\s
        (?: you\b(?:\s\w+){0,3}?\s(?:to|with|through|over)\b
          | (?:your|this|the)\s(?:call|chat|case|issue|request|query|question|concern|conversation|matter|details)\b.{0,20}\b(?:to|with|over)\b
            .{0,40}\b(?:agent|team|colleague|specialist|representative|department|person|human|manager|supervisor|advisor|someone))
    | \b(?:transferred|escalated|forwarded|connected|handed\sover|passed)\b.{0,40}\b(?:to|with)\b.{0,30}
        (?:agent|team|colleague|specialist|representative|department|person|human|manager|supervisor|support|advisor)
    | \b(?:agent|colleague|specialist|representative|human|person|member\sof\sour\steam|advisor|supervisor)\b.{0,30}
        \b(?:will|shall|can|is\sgoing\sto)\b.{0,20}\b(?:be\swith|join|take\sover|contact|reach|help|assist|get\sback|call)
    | (?:正在|马上|立即|现在|这就|将|会|已经?|需要|稍后)?(?:为|帮|给|替)?(?:您|你)?(?:转接|转给|转到|转至|接入|接通|转人工|转交|移交|升级)(?:给|到|至)?
        .{0,12}(?:人工|客服|同事|专员|专家|部门|坐席|工作人员|主管|经理|顾问|团队|$)
    | (?:人工客服|客服专员|专员|同事|工作人员)(?:稍后|马上|会|将|很快)+.{0,12}(?:联系|回复|接待|跟进|处理|服务)
    """
)
_APOLOGY = re.compile(
    r"""(?ix)
    \b(?:sorry|apolog\w+|regret|forgive|unfortunately|i(?:'m|\sam)\safraid|my\sbad|inconvenienc\w+|frustrat\w+)\b
    | \b(?:i|we)\s?(?:'m|\sam|'re|\sare)?\s?(?:can'?t|cannot|can\snot|could\s?n[o']?t|don'?t|do\snot|(?:am|are)?\s?not\sable\sto|unable\sto|have\sno|haven'?t)\b
        .{0,60}\b(?:help|assist|answer|understand|know|information|find|respond|provide|access|support|that|this|do)\b
    | \b(?:as\san\sai|as\sa\slanguage\smodel|i(?:'m|\sam)\s(?:just|only)\san?\s(?:ai|bot|assistant))
    | \b(?:don'?t|do\snot)\s(?:quite\s|really\s)?(?:know|understand|have\s(?:an?\s|the\s|any\s)?(?:answer|information|idea))
    | \b(?:i|we)\s(?:completely\s|totally\s|fully\s|truly\s|really\s)?(?:understand|appreciate|hear)\s(?:your|how|that\syou|you)
    | (?:抱歉|对不起|不好意思|致歉|道歉|歉意|见谅|谅解|遗憾|带来(?:的)?不便|给您添麻烦|很理解您|理解您的)
    | (?:无法|不能|没办法|暂时?不能|没法|不会)(?:为您|帮您|给您|给到您)?(?:提供|回答|解答|处理|帮助|帮到|帮上|理解|识别|解决|查询|查到)
    | (?:不太?|没有?|没太?|没能)(?:清楚|知道|明白|理解|听懂|看懂|了解)
    """
)
_WAITING = re.compile(
    r"""(?ix)
    \b(?:please\s|kindly\s|just\s)?(?:wait|hold\son|bear\swith|one\s(?:moment|second|minute|sec)|a\s(?:moment|second|minute|sec)|stay\s(?:on|with|tuned)|hang\son)\b
    | \b(?:let\sme|i(?:'ll|\swill|'m|\sam)|we(?:'ll|\swill|'re|\sare))\s(?:just\s|quickly\s|now\s)?(?:check(?:ing)?|look(?:ing)?\s(?:into|up|at)|see|get\sback|find(?:ing)?\s(?:out|that)|investigat\w+|work(?:ing)?\son)\b
    | \b(?:get|come)\sback\sto\syou\b | \bthank(?:s|\syou)\sfor\s(?:your\s)?(?:patience|waiting|understanding|patient|contacting|reaching|calling|getting|holding|being|choosing)
    | \b(?:please\s)?try\sagain(?:\slater)?\b | \b(?:contact|reach|call|email)\s(?:us|our\s(?:support|customer|team)\w*)\b.{0,30}\b(?:help|assistance|information|again|later|support|team|service)\b
    | \b(?:rephrase|reword)\b | \bask\s(?:me\s)?(?:something|another|a\sdifferent)\b
    | (?:请|麻烦)?(?:您|你)?(?:稍等|稍候|耐心等|等一下|等一会|等待|稍后再试|再试一次|换个(?:说法|问题|方式))
    | (?:我|我们|这边)?(?:帮您|为您|给您|先)?(?:看一下|查一下|核实一下|查询一下|确认一下|了解一下|看看)(?:哦|哈|呢|的|，|。|$)
    | (?:会|将|尽快)(?:为您)?(?:尽快)?(?:处理|回复|反馈|跟进|核实|解决)
    | 感谢(?:您|你)的?(?:理解|耐心|等待|支持|配合|来电|咨询|反馈|光临|惠顾)
    """
)
_COURTESY = re.compile(
    r"""(?ix)
    (?: (?:hi|hello|hey|hai|hiya|greetings|good\s(?:morning|afternoon|evening|day|night)|welcome(?:\sback)?|howdy)\b (?:\s(?:there|again|everyone|all|team|sir|madam|ma'?am|to\b.{0,40}|dear\b.{0,20}|[\w'’]+))?
      (?:[\s,!.]*(?:how|what)\s(?:can|may|could)\s(?:i|we)\s(?:help|assist|do)\b.{0,40})?
    | (?:how|what)\s(?:can|may|could)\s(?:i|we)\s(?:help|assist|do\sfor)\b.{0,40}
    | (?:many\s|ok(?:ay)?\s|great\s|perfect\s|alright\s|no\s|yes\s|oh\s|well\s|cool\s|awesome\s|and\s)*(?:thanks|thank\s?(?:you|u)|thx|ty|cheers|much\sappreciated|appreciate\sit)\b (?:\s(?:so|very|a)?\s?(?:much|lot|again|bye|and\s\w+|for\s(?:your|the|all)\s.{0,30}|for\s(?:that|this|everything|helping.{0,20}|it|contacting.{0,40}))?){0,3}
    | (?:you(?:'re|\sare)|ur)\s(?:very\s|most\s|always\s)?welcome(?:\b.{0,30})? | (?:it(?:'s|\swas)\s)?my\spleasure(?:\b.{0,30})? | no\s(?:problem|worries)(?:\sat\sall)? | anytime | don'?t\smention\sit | glad\s(?:i|we|to)\b.{0,40}(?:help|hear)\b.{0,20}
    | (?:good\s?|bye\s?)?bye(?:\s?bye)?(?:\snow|\sthen)? | goodbye(?:\b.{0,20})? | see\s(?:you|ya)(?:\b.{0,20})? | take\scare(?:\b.{0,20})? | have\s(?:a|an)\s(?:\w+\s){0,3}(?:day|one|night|evening|weekend|time|trip|journey|stay|flight|ride|meal)(?:\b.{0,30})? | enjoy\s(?:the\srest\sof\s)?your\s\w+(?:\b.{0,20})?
    | (?:is\sthere\s|was\sthere\s|do\syou\s(?:need|have|want)\s|would\syou\slike\s|can\s(?:i|we)\s(?:help|assist|do)\s.{0,20}|may\si\s(?:help|assist).{0,20})?(?:any|some)(?:thing|\sother|\smore|\sfurther)\b.{0,12}?\b(?:else|other|more|further|questions?|help)\b(?:.{0,35}(?:you|today|help|with|do|for\syou|know|questions?|assist\w*))?
    | (?:ok(?:ay)?|k|sure|great|perfect|alright|all\sright|fine|good|cool|awesome|excellent|wonderful|amazing|got\sit|i\ssee|understood|yes|yeah|yep|no|nope|nah|right|noted|of\scourse|certainly|absolutely|no\sthanks|please)(?:[\s,!.]+(?:ok(?:ay)?|sure|great|perfect|please|that'?s\s(?:all|it|great|fine|good|perfect)|then|no|yes|sir|thank\syou|thanks))*
    | that'?s\s(?:all|it|everything)(?:\b.{0,30})? | (?:no|nothing)[\s,]+(?:that'?s\s(?:all|it|everything)|nothing\selse|else|more|thanks?)(?:\b.{0,30})?
    | i\shope\s.{0,40}(?:day|helps?|helpful|well)\b.{0,20}
    | this\sis\san?\sautomat\w+\s(?:message|reply|response)\b.* | (?:please\s)?do\snot\sreply\sto\sthis\b.* | (?:i(?:'m|\sam)\s)?(?:currently\s)?out\sof\s(?:the\s)?office\b.* | your\s(?:message|call|chat|request|email)\s(?:has\sbeen|is|was)\s(?:received|recorded|important|important\sto\sus)\b.* | this\s(?:call|chat)\s(?:may|will|might)\sbe\s(?:recorded|monitored)\b.* | sent\sfrom\smy\s\w+ | (?:please\s)?(?:rate|review)\s(?:this|our|your)\b.{0,60} | to\sunsubscribe\b.*
      | (?:the\s)?(?:chat|session|conversation)\s(?:has\sbeen\s|has\s|was\s|is\s|will\sbe\s)?(?:ended|closed|timed\sout|started|closing)\b.* | (?:agent\s)?[\w ]{1,20}\s(?:has\s)?(?:joined|left)\sthe\s(?:chat|conversation)
    | (?:您好|你好|亲|亲爱的|哈喽|嗨|早上好|上午好|下午好|晚上好|早安|晚安|在吗|在么|在不在|有人吗|欢迎)(?:您|你|啊|呀|哦|的|～|~)*(?:(?:光临|使用|来到|咨询|致电|呼叫).{0,12})?(?:我是.{0,8}(?:客服|助手|小\S|号)\S{0,6})?
    | (?:请问)?(?:有|还有)?(?:什么|啥|其他|其它|别的)?(?:可以|能|需要|问题|事情?)?(?:为您|帮您|帮到您|帮助您|帮助你|效劳|帮忙|帮你).{0,10}
    | (?:请问)?(?:您)?还(?:有|需要)(?:什么|其他|其它|别的|啥).{0,16}
    | (?:好的?|嗯+|行|可以|对|是的?|没有?了?|不用了?|明白了?|知道了?|了解了?|收到|ok|OK|哦+|噢+|没问题|没事|不客气|不谢|不用谢|应该的)(?:的|了|啦|哈|呢|吧|谢谢|，|,|好|您|你|哦|啊|就这样|再见|～|~|\s)*
    | (?:非常|十分|太|多|那|好的?|嗯)?(?:谢谢|感谢|谢了|多谢|辛苦了?|谢啦)(?:您|你|了|啦|啊|哈|的|你们|大家|亲|支持|帮助|帮忙|再见|耐心|解答|回复|客服|～|~|，|,|\s)*
    | (?:祝|愿)(?:您|你)?.{1,20} | (?:再见|拜拜|bye|回见|下次见|88)(?:了|啦|～|~|！|!)*
    | (?:期待|欢迎)(?:您|你)?(?:的)?(?:再次|下次|随时).{0,12} | 如(?:果)?(?:您)?(?:还)?有(?:其他|任何|别的|什么)?(?:问题|疑问|需要).{0,20}
    | .{0,12}(?:自动回复|自动应答).* | (?:请)?对(?:本次|我的|我们的)?服务.{0,6}(?:评价|打分).{0,10} | .{0,10}(?:会话|对话)(?:已|已经|将)?(?:结束|关闭|超时).{0,10}
    )"""
)
_EDGES = " \t\n.,!?;:~…-—()[]\"'“”‘’。，！？；：～、（）【】*_😊🙂👍🙏😀🌟✨❤️🥰😄"
_CLAUSES = re.compile(r"[，,!！;；]")
_ENOUGH_HAN = 5
_ENOUGH_WORDS = 3
_WORD = re.compile(r"[a-z']+")
_A_WAY_ZH = re.compile(r"[\da-zA-Z]{2}|因为|由于|建议|如果|只有|工作日|以内|之内")
_EMPTY_ZH = re.compile(
    r"[，。！？、,.!?\s]|您|你|我们?|的|了|呢|哦|吧|啊|这个|那个|这|那|问题|给|为|对|很|非常|实在|真的|目前|暂时|现在|"
    r"关于|此|该|也|都|就|还|会|将|尽快|处理|请|稍后|再|带来|造成|感到|表示|深表|一定|相关|信息|内容|情况|不便|亲|先生|女士"
)
_EMPTY = frozenset(
    [
        "i",
        "i'm",
        "i'll",
        "we",
        "we're",
        "we'll",
        "you",
        "you're",
        "your",
        "the",
        "a",
        "an",
        "and",
        "or",
        "but",
        "to",
        "for",
        "of",
        "in",
        "on",
        "at",
        "with",
        "about",
        "this",
        "that",
        "it",
        "is",
        "are",
        "was",
        "be",
        "been",
        "am",
        "can",
        "could",
        "may",
        "might",
        "will",
        "would",
        "have",
        "has",
        "had",
        "do",
        "does",
        "did",
        "not",
        "no",
        "so",
        "very",
        "really",
        "just",
        "now",
        "right",
        "at",
        "time",
        "moment",
        "any",
        "caused",
        "cause",
        "may",
        "trouble",
        "issue",
        "problem",
        "question",
        "request",
        "here",
        "there",
        "hear",
        "what",
        "how",
        "if",
        "as",
        "from",
        "by",
        "more",
        "please",
        "sir",
        "madam",
        "experience",
        "wait",
        "all",
        "me",
        "my",
        "our",
        "us",
        "again",
        "later",
        "regarding",
        "such",
        "currently",
        "please",
        "understanding",
        "delay",
    ]
)
_MARK = re.compile(r"\[\d+\]|\[[A-Z_]+\]")


@lru_cache(maxsize=50_000)  # courtesies come again and again
def kind_of(text: str) -> Kind:
    """Substance wins; else a hand-off, an apology, a courtesy, in this order."""
    sentences = [
        bare for sentence in split_sentences(text) if (bare := _MARK.sub("", sentence).strip(_EDGES))
    ]
    kinds = [_kind_of_sentence(sentence) for sentence in sentences]
    for kind in (Kind.SUBSTANCE, Kind.HANDOFF, Kind.HOLLOW_APOLOGY):
        if kind in kinds:
            return kind
    return Kind.BOILERPLATE


def _kind_of_sentence(sentence: str) -> Kind:
    if _is_courtesy(sentence):
        return Kind.BOILERPLATE
    if _HANDOFF.search(sentence) and len(sentence) < _longest_handoff(sentence):
        return Kind.HANDOFF
    hollow = _APOLOGY.search(sentence) or _WAITING.search(sentence)
    return Kind.HOLLOW_APOLOGY if hollow and not _says_something(sentence) else Kind.SUBSTANCE


def _is_courtesy(sentence: str) -> bool:
    if _COURTESY.fullmatch(sentence):
        return True
    clauses = [bare for clause in _CLAUSES.split(sentence) if (bare := clause.strip(_EDGES))]
    return bool(clauses) and all(_COURTESY.fullmatch(clause) for clause in clauses)


def _longest_handoff(sentence: str) -> int:
    """A hand-off is a short sentence; a longer one explains something besides."""
    return 60 if _has_han(sentence) else 170


def _says_something(sentence: str) -> bool:
    """Whether more is left than an apology and a promise: a reason, a number, a way out, or simply words."""
    said = _WAITING.sub(" ", _APOLOGY.sub(" ", sentence))
    if _has_han(sentence):
        return bool(_A_WAY_ZH.search(said)) or len(_EMPTY_ZH.sub("", said)) >= _ENOUGH_HAN
    words = [word for word in _WORD.findall(said.lower()) if word not in _EMPTY]
    return any(character.isdigit() for character in said) or len(words) >= _ENOUGH_WORDS


def _has_han(text: str) -> bool:
    return any("\u3400" <= letter <= "\u9fff" for letter in text)


@cache
def pattern_of(name: str) -> re.Pattern[str]:
    """One pattern for all lines of a list."""
    lines = (_LISTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return re.compile(
        "|".join(f"(?:{line})" for line in lines if line and not line.startswith("# ")), re.IGNORECASE
    )
