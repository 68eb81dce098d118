"""What the assistant says by rule, in the customer's language. Warm, plain, and never more than it knows."""

from collections.abc import Mapping

from dialogue.acting import Slot, SlotKind
from dialogue.events import Language

_TEXTS: dict[str, dict[Language, str]] = {
    "greeting": {
        "zh": "您好！请直接告诉我您想了解什么，我来帮您查。",
        "en": "Hello! Tell me what you would like to know, and I will look it up for you.",
    },
    "thanks": {
        "zh": "不客气！还有其他问题的话，随时告诉我。",
        "en": "You're welcome! If there is anything else, just ask.",
    },
    "goodbye": {
        "zh": "再见，祝您一切顺利！",
        "en": "Goodbye, and all the best!",
    },
    "about_us": {
        "zh": "我是{site}的智能助手，会根据帮助资料回答您的问题；需要的话，也可以为您转接人工客服。请问您想了解什么？",
        "en": "I'm the automated assistant{site}. I answer from the help pages, and I can bring in a person whenever "
        "you like. What would you like to know?",
    },
    "asked_for_person": {
        "zh": "好的，正在为您转接人工客服，请稍候。您可以先把情况写在这里，同事接入后就能看到。",
        "en": "Of course, I'm bringing in a person. Feel free to describe your situation here in the meantime; "
        "they will see it when they join.",
    },
    "no_evidence": {
        "zh": "抱歉，我们的帮助资料里没有找到这个问题的答案，我不想随便猜。需要我为您转接人工客服吗？",
        "en": "I'm sorry, our help pages don't say anything about that, and I don't want to guess. "
        "Would you like me to bring in a person?",
    },
    "left_open": {
        "zh": "您还问到的另一点，我在帮助资料里没有找到答案。需要我为您转接人工客服吗？",
        "en": "I found no answer to the rest of your question on our help pages. "
        "Would you like me to bring in a person for that?",
    },
    "upset": {
        "zh": "非常抱歉给您带来了不好的体验。我不想用一段现成的说明来敷衍您：需要我为您转接人工客服来处理吗？",
        "en": "I'm very sorry about this. I don't want to put you off with a help page: "
        "would you like me to bring in a person to look into it?",
    },
    "search_down": {
        "zh": "抱歉，我现在查不到帮助资料。您可以稍后再试，或者需要我为您转接人工客服吗？",
        "en": "I'm sorry, I can't look things up at the moment. Please try again shortly, "
        "or would you like me to bring in a person?",
    },
    "failed": {
        "zh": "抱歉，刚才出了点问题，我没能回答您。需要我为您转接人工客服吗？",
        "en": "I'm sorry, something went wrong and I could not answer. Would you like me to bring in a person?",
    },
    "proposed": {
        "zh": "好的。请核对下面的内容：确认之后我才会办理。",
        "en": "Of course. Please check the details below: I will only do it once you confirm.",
    },
    "slot_missing": {
        "zh": "好的。请告诉我{slot}。",
        "en": "Of course. Please tell me the {slot}.",
    },
    "slot_unclear": {
        "zh": "抱歉，我没能看出{slot}。需要我为您转接人工客服吗？",
        "en": "I'm sorry, I could not make out the {slot}. Would you like me to bring in a person?",
    },
    "not_verified": {
        "zh": "为了不让别人动您的订单，请先在网站上登录，我才能办理。也可以为您转接人工客服，需要吗？",
        "en": "So that nobody else can touch your orders, I can only do this when you are logged in on the site. "
        "Or would you like me to bring in a person?",
    },
    "action_failed": {
        "zh": "抱歉，“{action}”没有办成：相关系统没有正常回应。需要我为您转接人工客服吗？",
        "en": "I'm sorry, “{action}” did not work: the system behind it gave no proper answer. "
        "Would you like me to bring in a person?",
    },
    "unclear": {
        "zh": "我没太看明白您的意思，可以换个说法，或者多说一点吗？",
        "en": "I'm not sure I understood. Could you put it another way, or tell me a little more?",
    },
    "unclear_again": {
        "zh": "抱歉，我还是没能理解您的问题。需要我为您转接人工客服吗？",
        "en": "I'm sorry, I still don't understand the question. Would you like me to bring in a person?",
    },
    "ambiguous": {
        "zh": "您想了解的是{choices}",
        "en": "Which of these do you mean? {choices}",
    },
}


def say(
    what: str,
    *,
    language: Language,
    site_name: str = "",
    choices: tuple[str, ...] = (),
    names: Mapping[str, str] | None = None,
) -> str:
    """`names`: what else stands for a place in the text."""
    text = _TEXTS[what][language]
    for name, value in (names or {}).items():
        text = text.replace(f"{{{name}}}", value)
    site = site_name if language == "zh" else f" of {site_name}" if site_name else ""
    return text.replace("{site}", site).replace("{choices}", _as_list(choices, language=language))


_HINTS: dict[SlotKind, dict[Language, str]] = {
    "number": {"zh": "（数字）", "en": " (a number)"},
    "integer": {"zh": "（整数）", "en": " (a whole number)"},
    "boolean": {"zh": "（是或否）", "en": " (yes or no)"},
    "date": {"zh": "（日期，如 2026-12-24）", "en": " (a date, like 2026-12-24)"},
}


def slot_asked(slot: Slot, language: Language) -> str:
    """What is asked for, with a word on how it may be answered where that does not go without saying."""
    label = slot.label_in(language)
    if slot.kind == "choice":
        names = [slot.choice_in(language, choice) for choice in slot.choices]
        return f"{label}（{' / '.join(names)}）" if language == "zh" else f"{label} ({' / '.join(names)})"
    return label + _HINTS.get(slot.kind, {}).get(language, "")


def _as_list(choices: tuple[str, ...], *, language: Language) -> str:
    if language == "zh":
        return "、".join(f"“{choice}”" for choice in choices) + "，还是别的？"
    return ", ".join(f"“{choice}”" for choice in choices) + ", or something else?"


def asks_back(text: str) -> bool:
    """Whether a text is one of our questions back: where only words are left of what was said before."""
    openings = [_TEXTS[what][language] for what in ("unclear", "ambiguous") for language in _TEXTS[what]]
    return any(text.strip().startswith(opening.partition("{")[0].strip()) for opening in openings)
