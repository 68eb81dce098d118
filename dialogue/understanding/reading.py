"""A turn → what the customer wants: language, the question standing alone, a person, small talk, nothing readable.

Rules only: it must work while the model is down, cost nothing, and be explainable. Knows nothing of passages. What a
customer writes is data here: no instruction in it is followed.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Literal

from dialogue.events import Language
from dialogue.language.words import content_words
from dialogue.turns import Earlier, Turn, Utterance
from dialogue.understanding.parting import parts_of
from dialogue.understanding.persons import accepts_offer, wants_person
from dialogue.understanding.recalling import recalled_by
from retrieval import ASKING_WORDS, STOP_WORDS, clean_text, split_sentences

SmallTalk = Literal["greeting", "thanks", "goodbye", "about_us", ""]
SHORTEST_LETTER = 240  # characters; what is longer tells more than it asks
LONGEST_QUESTION = 600  # characters that are looked up; a customer may write 8,000
SMALL_WORDS = 2  # English ones that make a text with Chinese in it English
FEW_WORDS = 2  # with so few of its own, a question leans on the one before it in the same message
REMEMBERED = 3  # earlier questions that a follow-up may lean on


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One question of a message: as it was asked, and standing alone."""

    question: str
    focus: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """`focus` is what was asked just now, `question` the same with what it left to the history.

    `leaning`: as if it had left something to the history, where by its words it did not; "" where there is none.
    `parts` are its questions, where there are several: each is looked up by itself.
    """

    question: str
    focus: str
    language: Language
    parts: tuple[Part, ...] = ()
    wants_person: bool = False
    small_talk: SmallTalk = ""
    readable: bool = True
    leaning: str = ""
    recalled: Earlier | None = None  # the episode before this one that the question points back to


def understand(turn: Turn) -> Understanding:
    text = _tidy(turn.question)
    language = language_of(text, locale=turn.locale)
    person = wants_person(text) or accepts_offer(text, history=turn.history)
    talk = "" if person else small_talk_in(text)
    recalled = None if person or talk else recalled_by(text, earlier=turn.earlier)
    history = (Utterance("user", recalled.asked),) if recalled else turn.history
    leans = turn.asked_back or recalled is not None
    question = text if person or talk else stand_alone(text, history=history, asked_back=leans)
    leaning = text if person or talk else stand_alone(text, history=history, asked_back=True)
    return Understanding(
        question=question,
        focus=text,
        language=language,
        parts=() if person or talk else _parts(text, history=history, asked_back=leans),
        wants_person=person,
        small_talk=talk,
        readable=is_readable(question),
        leaning=leaning if leaning != question else "",
        recalled=recalled,
    )


def in_translation(understood: Understanding, *, question: str, focus: str) -> Understanding:
    """The same in other words, to look up; whoever asked goes on being spoken to in their own language."""
    parts = _parts(focus, history=(), asked_back=False) if question == focus else ()
    return replace(understood, question=question, focus=focus, parts=parts, leaning="")


def _tidy(text: str) -> str:
    text = re.sub(r"\s+", " ", clean_text(text)).strip()
    return text if len(text) <= SHORTEST_LETTER else _the_asking_part(text)


def _the_asking_part(text: str) -> str:
    """Of a letter, the last sentences that ask, else its beginning: what is told around them finds other pages."""
    asking = [part for part in split_sentences(text) if part.endswith(("?", "？"))]
    return (" ".join(asking[-3:]) or text)[:LONGEST_QUESTION]


def language_of(text: str, *, locale: str) -> Language:
    """By the small words that hold it together: names of products and streets stay as they are in either language.

    Without letters, the locale decides.
    """
    words = re.findall(r"[a-z]+", text.lower())
    if not re.search(r"[\u3400-\u9fff]", text):
        return "en" if words or not locale.startswith("zh") else "zh"
    english = sum(word in STOP_WORDS or word in ASKING_WORDS for word in words)
    return "en" if english >= SMALL_WORDS and english > len(_SMALL_ZH.findall(text)) else "zh"


_SMALL_ZH = re.compile(r"[的了吗呢么吧啊是我你您不有在能可怎什哪多几这那就都也请被给让要]")


def is_readable(text: str) -> bool:
    """Whether anything in it can be looked up: a word of some language, a number, a code."""
    letters = re.sub(r"[\W_]", "", text)
    if not letters or not content_words(text).order:
        return bool(letters) and len(letters) >= 2 and not _is_noise(letters)
    return not _is_noise(letters)


def _is_noise(letters: str) -> bool:
    """One key held down, or a long run of consonants that no word has."""
    lowered = letters.lower()
    if len(set(lowered)) <= 2 and len(lowered) >= 4 and not lowered.isdigit():
        return True
    latin = re.fullmatch(r"[a-z]{6,}", lowered)
    return bool(latin) and len(re.findall(r"[aeiouy]", lowered)) / len(lowered) < 0.16


_GREETINGS = (
    r"(?:hi|hii+|hello+|hey+|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|morning|"
    r"yo)(?: there| all| team| everyone)?"
    r"|你+好+[啊呀吗]?|您好[啊呀]?|哈[喽啰罗]|嗨+|hi|(?:早上|上午|下午|晚上|中午)好|早安?|在吗|在么|在不在|有人吗|在|亲|客服你好|请问在吗"
    r"|(?:is )?any(?:one|body) (?:there|here)|are you there|how are you(?: doing)?(?: today)?"
)
_THANKS = (
    r"(?:ok(?:ay)? ?|great,? |perfect,? |cool,? )?(?:many thanks|thanks|thank you|thank u|thankyou|"
    r"thx|ty|cheers|much appreciated|appreciate it)"
    r"(?: so much| very much| a lot| again| for (?:your|the) help| for that)*"
    r"|(?:好的?[,， ]*|明白了?[,， ]*|知道了[,， ]*|嗯+[,， ]*)?(?:非常|太|十分|多)?(?:谢谢|感谢|"
    r"多谢|谢啦|谢了|辛苦)(?:[你您]|啦|了|哈|啊|大家|客服|帮助|帮忙|的|一下)*"
    r"|(?:ok(?:ay)?|got it|i see|understood|great|perfect|awesome|cool|alright|sounds good|good)"
    r"|好的?[呀吧啊]?|好滴|嗯+|哦+|明白了?|知道了|了解了?|收到|行|可以了|没问题了?|没有了|没了|"
    r"不用了|no,? (?:that's all|thanks|thank you)|that's all|nothing else"
)
_GOODBYES = (
    r"(?:good ?)?bye+(?:[- ]?bye)?|see (?:you|ya)(?: later)?|good ?night|have a (?:nice|good|great) "
    r"(?:day|one|evening|weekend)|再见|拜拜|88|回见|晚安|下次见"
)
_ABOUT_US = (
    r"(?:who|what) are you|are you (?:a |an )?(?:bot|robot|ai|human|real(?: person)?|machine|chat "
    r"?gpt)|what(?:'s| is) your name|what can you do|help(?: me)?|can you help(?: me)?"
    r"|i (?:need|have) (?:some )?(?:help|a question)|你是(?:谁|什么|机器人|人工智能|真人|人工|"
    r"人)(?:吗|么)?|你叫什么(?:名字)?|你(?:能|会|可以)(?:做|干|帮我)(?:什么|啥|点什么)|帮帮我|"
    r"请?帮(?:个)?忙|我有(?:个|一个)?问题|(?:我)?想?(?:问|咨询)(?:个|一个|一下)?(?:问题|事)?"
)
_SMALL_TALK: tuple[tuple[SmallTalk, re.Pattern[str]], ...] = (
    ("greeting", re.compile(_GREETINGS)),
    ("thanks", re.compile(_THANKS)),
    ("goodbye", re.compile(_GOODBYES)),
    ("about_us", re.compile(_ABOUT_US)),
)


def small_talk_in(text: str) -> SmallTalk:
    """Only when nothing else is said: "hi, where is my parcel" is a question."""
    parts = [
        part.strip()
        for part in re.split(r"[!！.。,，~～?？;；\s]*[!！.。,，~～?？;；]+\s*|\s{2,}", _plain(text))
        if part.strip()
    ]
    kinds = [_kind_of(part) for part in parts]
    return kinds[-1] if kinds and all(kinds) and len(parts) <= 4 else ""


def _kind_of(part: str) -> SmallTalk:
    return next((kind for kind, words in _SMALL_TALK if words.fullmatch(part)), "")


def _plain(text: str) -> str:
    """Small letters, half width, no emoji."""
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    return "".join(mark for mark in text if unicodedata.category(mark) not in ("So", "Sk", "Cn")).strip()


# --- the question standing alone -------------------------------------------------------------------------------------

_LEANS_EN = re.compile(
    r"^(?:and|but|or|then|also|so)\b|^(?:what|how) about\b|^(?:is|are|does|do|can|will|would) (?:it|"
    r"they|that|this|these|those)\b"
    r"|\b(?:it|its|they|them|their|theirs|that one|this one|the other(?: one)?|those|these|the same)\b"
    r"|(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )(?<!\bif )(?<!\bwill )(?<!\bcan )(?<!\bcould )(?<!\bwould )(?<!\bwhen )"
    r"\bthere\b(?!(?:'s| is| are| was| were| will| has| have)\b)"  # not "is there a …?"
    r"|^(?:for|in|with|to|on|by|from) (?:the |a |an )?[\w-]+(?: [\w-]+){0,3}$|\binstead\b|^(?:why|"
    r"how|when|where|which one|how much|how long|how many|how so)$"
    r"|^(?:this|that)\b|\b(?:do|does|is|can|about|with|for|use|of|return|cancel|change|track) (?:that|this)$",
    re.IGNORECASE,
)
_LEANS_ZH = re.compile(
    r"^(?:那|那么|那要是|那如果|还有|另外|以及|再|但|但是|可是|可(?!不可|[以能否用行乐选供靠口爱燃见])|而且|然后|要是|如果是|换成)|呢$|^(?:它|他|她|这|这个|那个|这些|那些|这样|那样|其|该)"
    r"|它|这个|那个|这种|那种|这款|那款|上面|前面|刚才|刚刚|同样|也(?:是|要|能|可以|一样|行)|^(?:为什么|怎么|多久|多少钱?|几天|什么时候|哪里|怎么办|怎么弄)$"
)
_TOPIC_IN_FULL = re.compile(
    r"^(?:那|那么|还有|另外|and|also|so|but|then|ok(?:ay)?)?[,， ]*(?:请问|我想问|i (?:also )?want "
    r"to (?:know|ask)|another question|one more (?:thing|question)|new question|换个问题|另一个问题)"
)


def stand_alone(text: str, *, history: tuple[Utterance, ...], asked_back: bool = False) -> str:
    """The question with the earlier one that it leans on put before it; a new topic drags nothing along."""
    anchors = _anchors(history)
    if not anchors or not (asked_back or leans_on_history(text)):
        return text
    return f"{anchors} {text}"[-LONGEST_QUESTION:]


def _parts(text: str, *, history: tuple[Utterance, ...], asked_back: bool) -> tuple[Part, ...]:
    """Each question after the first may lean on it: "补卡要多少钱？需要几天？"."""
    first, *rest = parts_of(text)
    if not rest:
        return ()
    opening = stand_alone(first, history=history, asked_back=asked_back)
    return (
        Part(question=opening, focus=first),
        *(Part(question=_beside(one, first=opening), focus=one) for one in rest),
    )


def _beside(part: str, *, first: str) -> str:
    leans = leans_on_history(part) or len(content_words(part).order) <= FEW_WORDS
    return f"{first} {part}"[-LONGEST_QUESTION:] if leans else part


def _anchors(history: tuple[Utterance, ...]) -> str:
    """The last question that stood on its own, with the follow-ups since."""
    asked = [_tidy(said.text) for said in history if said.role == "user"]
    asked = [text for text in asked if text and not small_talk_in(text) and not wants_person(text)]
    chain: list[str] = []
    for text in reversed(asked[-REMEMBERED:]):
        chain.insert(0, text)
        if not leans_on_history(text):
            break
    return " ".join(chain[:1] + chain[-1:] if len(chain) > 2 else chain)


def leans_on_history(text: str) -> bool:
    """Whether the words point back, or are too few to ask anything by themselves."""
    plain = _plain(text).strip(" ?？!！.。,，")
    if _TOPIC_IN_FULL.match(plain):
        return False
    chinese = bool(re.search(r"[\u3400-\u9fff]", plain))
    leans = (_LEANS_ZH if chinese else _LEANS_EN).search(plain)
    told = len(content_words(plain).order)
    return (bool(leans) and told <= 6) or (told <= 1 and not _is_a_topic(plain))


def _is_a_topic(plain: str) -> bool:
    """ "Refunds?" or "运费多少" names what it is about; "how long?" and "多久" do not."""
    return bool(content_words(plain).order)
