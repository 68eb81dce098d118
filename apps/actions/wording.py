"""What a customer is told of an action, in both languages. Every value in it is the service's or the customer's own."""

import re
from collections.abc import Mapping

from apps.actions.models import Action

SENTENCES = {
    "refused": ("That could not be done.", "没能办理。"),
    "failed": (
        "“{title}” did not go through: the system behind it gave no proper answer, so I cannot say whether it was done. "
        "Please don't try again yet; a person can check it for you.",
        "“{title}”没有得到相关系统的正常回应，我无法确定是否已经办成。请先不要重复提交，可以请人工客服帮您核实。",
    ),
    "changed": (
        "“{title}” was not done: it is no longer what you were shown. Please ask for it once more.",
        "“{title}”没有办理：内容与您确认的不一致，请重新提出。",
    ),
    "done": ("Done: {title}.", "已办好：{title}。"),
    "declined": ("Not done, as you wished: {title}.", "已按您的意思不办理：{title}。"),
    "please_confirm": (
        "Please check the details below: it is done only once you confirm.",
        "请核对下面的内容：您确认之后才会办理。",
    ),
}
PLACE = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")
# Signs that would make more than text of a value, where a sentence is shown as Markdown.
AS_TEXT = str.maketrans({"[": "(", "]": ")", "`": "'", "*": "·", "<": "‹", ">": "›", "\\": "/"})


def say(code: str, *, locale: str, title: str = "") -> str:
    english, chinese = SENTENCES[code]
    return (chinese if locale.startswith("zh") else english).replace("{title}", title)


def tell_result(
    action: Action, *, arguments: Mapping[str, str], result: Mapping[str, str], locale: str
) -> str:
    """The site's own sentence with the values filled in; where it does not fit the result, the values as they are."""
    values = {name: str(value).translate(AS_TEXT) for name, value in {**arguments, **result}.items()}
    template = str(action.told.get(locale) or next(iter(action.told.values()), ""))
    if template and all(place in values for place in PLACE.findall(template)):
        return PLACE.sub(lambda found: values[found[1]], template)
    title = action.title_in(locale)
    if not result:
        return say("done", locale=locale, title=title)
    between, colon = ("，", "：") if locale.startswith("zh") else (", ", ": ")
    return f"{title}{colon}{between.join(values[name] for name in result)}"


def tell_refusal(told: str, *, locale: str) -> str:
    return told.translate(AS_TEXT) or say("refused", locale=locale)
