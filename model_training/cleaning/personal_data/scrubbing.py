"""All recognisers over a text or over a whole conversation; what they find becomes a typed placeholder.

In a conversation three things are known besides: a reply to "your name, please?" is a name; what was once found comes
again elsewhere, without the signs around it; and what stands in the passages that a reply cites is the company's own
(its hotline, its address), unless the customer had said it too.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from model_training.cleaning.personal_data.addresses import find_addresses
from model_training.cleaning.personal_data.contacts import find_contacts
from model_training.cleaning.personal_data.names import asks_for_name, find_names
from model_training.cleaning.personal_data.numbers import find_numbers
from model_training.cleaning.personal_data.shadow import Shadow, shadow_of
from model_training.cleaning.personal_data.spans import Kind, Span
from model_training.records import Conversation, Message

_SHORTEST_AGAIN = 2
_PLACEHOLDER = re.compile(r"\[(?:" + "|".join(kind.value for kind in Kind) + r")\]")
_MAY_BE_MAIL = re.compile(
    r"(?i)@|\bat\b|[(\[{<#_]at|艾特|圈a|://|www\.|&#|%40|\(a\)|\[a\]|[换改]成|\.(?:com|me)/"
)
_MAY_BE_CODE = re.compile(
    r"(?i)reservation|booking|confirmation|pnr|reference|[预订确认][约订座认][码号编]|[qwx微信]"
)
_MAY_BE_ADDRESS = re.compile(r"corner of|[省市区县镇乡村路街巷弄道苑]")
_SURE = frozenset({Kind.CARD, Kind.IBAN, Kind.ID_NUMBER, Kind.BIRTHDAY})


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """A text without its personal data, and how many pieces of which kind went."""

    text: str
    found: Mapping[Kind, int]


def scrub_text(text: str, *, after: str = "", spare: str = "") -> Scrubbed:
    """`after` is what was said before; what stands in `spare` stays."""
    shadow = shadow_of(text)
    return _replaced(text, shadow=shadow, spans=_find(shadow, after=after), spare=spare)


def scrub_conversation(
    conversation: Conversation,
) -> tuple[Conversation, list[tuple[int, Mapping[Kind, int]]]]:
    """The conversation without personal data, and per message (by place) what went."""
    said = [
        _Read.of(message.content, after=before) for message, before in _with_before(conversation.messages)
    ]
    drafts = [_Read.of(message.draft, after="") for message in conversation.messages]
    if not any(read.spans for read in (*said, *drafts)):
        return conversation, []
    known = _known([*said, *drafts])
    customers = " ".join(
        _plain(read.shadow.text)
        for read, m in zip(said, conversation.messages, strict=True)
        if m.role == "user"
    )
    messages: list[Message] = []
    changes: list[tuple[int, Mapping[Kind, int]]] = []
    for place, message in enumerate(conversation.messages):
        spare = _own(message, pieces=said[place].pieces | drafts[place].pieces, customers=customers)
        content = said[place].without(known, spare=spare)
        draft = drafts[place].without(known, spare=spare)
        messages.append(replace(message, content=content.text, draft=draft.text))
        if content.found or draft.found:
            changes.append((place, {**draft.found, **content.found}))
    return replace(conversation, messages=tuple(messages)), changes


@dataclass(frozen=True, slots=True)
class _Read:
    """A message and what was found in it alone."""

    text: str
    shadow: Shadow
    spans: Sequence[Span]

    @classmethod
    def of(cls, text: str, *, after: str) -> "_Read":
        shadow = shadow_of(text)
        return cls(text, shadow, _find(shadow, after=after))

    @property
    def pieces(self) -> dict[str, Kind]:
        return {self.shadow.text[span.start : span.end]: span.kind for span in self.spans}

    def without(self, known: Mapping[str, Kind], *, spare: str) -> Scrubbed:
        """Without what was found here, and what was found elsewhere in the conversation."""
        spans = _chosen([*self.spans, *_again(self.shadow.text, known=known)])
        return _replaced(self.text, shadow=self.shadow, spans=spans, spare=spare)


def _with_before(messages: Sequence[Message]) -> Iterator[tuple[Message, str]]:
    before = ""
    for message in messages:
        yield message, before
        before = message.content


def _replaced(text: str, *, shadow: Shadow, spans: Sequence[Span], spare: str) -> Scrubbed:
    pieces: list[str] = []
    found: Counter[Kind] = Counter()
    end = 0
    for span in spans:
        start, stop = shadow.original(span.start, span.end)
        if start < end or (spare and _plain(shadow.text[span.start : span.end]) in spare):
            continue
        pieces += [text[end:start], span.kind.placeholder]
        found[span.kind] += 1
        end = stop
    return Scrubbed("".join([*pieces, text[end:]]), found)


@lru_cache(maxsize=20_000)
def _courtesy_spans(text: str) -> tuple[Span, ...]:
    return tuple(_chosen(_all_spans(text, after="")))


def _find(shadow: Shadow, *, after: str) -> Sequence[Span]:
    """Short texts without digits come again and again; they are looked at once."""
    if len(shadow.text) < 60 and not asks_for_name(after):
        return _courtesy_spans(shadow.text)
    return _chosen(_all_spans(shadow.text, after=after))


def _all_spans(text: str, *, after: str) -> Iterator[Span]:
    taken = [found.span() for found in _PLACEHOLDER.finditer(text)]
    found: list[Span] = []
    if _MAY_BE_MAIL.search(text):
        found += find_contacts(text)
    if any(character.isdigit() for character in text):
        numbers = list(find_numbers(text))
        found += [span for span in numbers if span.kind in _SURE]
        found += find_addresses(text)
        found += numbers
    elif _MAY_BE_CODE.search(text):
        found += find_numbers(text)
    if _MAY_BE_ADDRESS.search(text):
        found += find_addresses(text)
    found += find_names(text, after=after)
    yield from (
        span for span in found if not any(start < span.end and span.start < end for start, end in taken)
    )


def _known(read: Iterable[_Read]) -> dict[str, Kind]:
    """Pieces that may come again elsewhere; of names also their parts."""
    known: dict[str, Kind] = {}
    for one in read:
        for piece, kind in one.pieces.items():
            known.setdefault(piece, kind)
            if kind is Kind.NAME and piece.isascii():
                known |= {part: kind for part in piece.split() if len(part) > 2 and part[0].isupper()}
    return {piece: kind for piece, kind in known.items() if len(piece) >= _SHORTEST_AGAIN}


def _again(text: str, *, known: Mapping[str, Kind]) -> Iterator[Span]:
    for piece, kind in known.items():
        if piece not in text:
            continue
        edge = r"(?<!\w){}(?!\w)" if piece.isascii() else "{}"
        for found in re.finditer(edge.format(re.escape(piece)), text):
            yield Span(*found.span(), kind)


def _chosen(spans: Iterable[Span]) -> list[Span]:
    """Without overlaps: of two that touch, the earlier found wins, and grows over what it shares with the later."""
    chosen: list[Span] = []
    for span in spans:
        touching = [other for other in chosen if other.start < span.end and span.start < other.end]
        if not touching:
            chosen.append(span)
        elif span.kind is Kind.NAME and all(other.kind in _SURE for other in touching):
            continue  # letters of a number are no name
        elif span.start < min(o.start for o in touching) or span.end > max(o.end for o in touching):
            kind = touching[0].kind
            start, end = (
                min(span.start, *(o.start for o in touching)),
                max(span.end, *(o.end for o in touching)),
            )
            chosen = [other for other in chosen if other not in touching]
            chosen.append(Span(start, end, kind))
    return sorted(chosen, key=lambda span: span.start)


def _own(message: Message, *, pieces: Mapping[str, Kind], customers: str) -> str:
    """What the passages of a reply say, unless the customer said it."""
    if message.role == "user" or not message.passages or not pieces:
        return ""
    text = _plain(" ".join(str(passage["text"]) for passage in message.passages))
    for piece in pieces:
        if _plain(piece) in customers:
            text = text.replace(_plain(piece), " ")
    return text


def _plain(text: str) -> str:
    return " ".join(shadow_of(text).text.split())
