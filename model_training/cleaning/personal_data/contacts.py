"""Mail addresses, however they are spelled, and pages that name a person."""

import re
from collections.abc import Iterator

from model_training.cleaning.personal_data.spans import Kind, Span

_AT = r"(?:\s{0,2}@\s{0,2}|\s?(?:\(at\)|\[at\]|\{at\}|<at>|（at）|\(@\)|\[@\]|_at_|\(a\)|\[a\]|#at#|&#0?64;|%40|艾特|圈[aA]|\s+at\s+sign\s+)\s?)"
_DOT = r"(?:\s?\.\s?|\s?(?:\(dot\)|\[dot\]|\{dot\}|<dot>|_dot_|（dot）|。|點|点)\s?|\s+dot\s+)"
_LOCAL = r"[A-Za-z0-9\u00c0-\u024f][A-Za-z0-9\u00c0-\u024f_.+%'-]{0,63}"
_PART = r"[A-Za-z0-9\u00c0-\u024f](?:[\w-]{0,62}[A-Za-z0-9])?"
_TOP = r"(?:com|net|org|edu|gov|io|ai|co|cn|de|fr|uk|us|ca|au|jp|kr|hk|tw|sg|info|biz|me|eu|ru|in|br|es|it|nl|se|ch|at|be|pl|mx|dk|no|fi|cz|pt|gr|ie|nz|za|tv|app|dev|xyz|shop|store|example|test|online|site|tech|email|name|mobi|asia|vip|top|cc)"
_MAIL = re.compile(
    rf"(?i)(?:{_LOCAL}{_AT}(?:{_PART}{_DOT}){{1,4}}[A-Za-z]{{2,24}}(?![A-Za-z0-9]))"
    rf"|(?<![A-Za-z0-9_.+-]){_LOCAL}(?:\s+dot\s+[\w-]+)*\s+(?:at|AT)\s+(?:{_PART}\s+dot\s+){{1,3}}{_TOP}(?![A-Za-z0-9])"
    rf"|(?<![A-Za-z0-9_.+-]){_LOCAL}\s+at\s+(?:gmail|yahoo|hotmail|outlook|icloud|aol|qq|163|126|foxmail|sina|proton(?:mail)?|live|msn|gmx|yeah)\s?(?:{_DOT})\s?(?:com|net|cn|me|de)(?![A-Za-z0-9])"
    rf"|{_LOCAL}@{_PART}(?:\.{_PART})*"
    rf"|(?<![A-Za-z0-9_.+-]){_LOCAL}(?P<sign>[#*$&~！!])(?:{_PART}\.){{1,4}}[A-Za-z]{{2,24}}(?=[^。\n]{{0,12}}(?P=sign)[^。\n]{{0,10}}@)"  # "lan#mail.com（#换成@）"
)
_LOOSE_ENDS = re.compile(r"(?i)^(?:is|at|to|on|as|mail|email|e-mail|address|my|the|it's|me)\s+")
_PERSONAL_PAGE = re.compile(
    r"(?i)\bhttps?://\S*[?&](?:token|key|email|user|phone|session|sid|auth|code|order)=[^\s）)，。]+"
    r"|\b(?:https?://)?(?:www\.)?(?:linkedin\.com/in|facebook\.com|twitter\.com|x\.com|instagram\.com|github\.com|t\.me|wa\.me)/[\w.@+-]{3,}"
)


def find_contacts(text: str) -> Iterator[Span]:
    for found in _MAIL.finditer(text):
        loose = _LOOSE_ENDS.match(found.group())
        yield Span(found.start() + (loose.end() if loose else 0), found.end(), Kind.EMAIL)
    yield from (Span(*found.span(), Kind.ACCOUNT) for found in _PERSONAL_PAGE.finditer(text))
