"""What a customer means by "last time": an earlier episode, of which only a summary is left.

Only words that say so reach back; "it" and "that" stay within what is spoken of now. A summary helps to understand what is
asked. It is no passage: nothing in it is shown, quoted or cited.
"""

import re
from collections.abc import Sequence

from dialogue.language.words import content_words
from dialogue.turns import Earlier

_LAST_TIME = re.compile(
    r"\b(?:from|like|as|than|since|at) (?:the )?(?:last|other) (?:time|day)\b|\blast time\b|\bthe other day\b"
    r"|\b(?:last|previous|earlier) (?:chat|conversation|question|request|enquiry|inquiry)\b"
    r"|\b(?:asked|said|told|wrote|mentioned|talked|spoke|discussed)(?: \w+){0,4} (?:before|earlier|yesterday|last (?:week|time|month))\b"
    r"|上次|上回|上一次|前几天|之前(?:问|说|提|聊|讲|咨询|反映|处理|那)|以前(?:问|说|提|咨询)|昨天(?:问|说|提|咨询)",
    re.IGNORECASE,
)


def recalled_by(text: str, *, earlier: Sequence[Earlier]) -> Earlier | None:
    """The episode that the words point back to: the one that shares most of them, of equals the latest."""
    if not earlier or not _LAST_TIME.search(text):
        return None
    said = content_words(text)
    return max(earlier, key=lambda one: sum(said.match(word) for word in content_words(one.asked).order))
