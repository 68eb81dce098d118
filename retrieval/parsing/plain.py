"""Plain text → one document: paragraphs are what blank lines part; questions and answers are told by their marks."""

import re

from retrieval.documents import Faq, ParsedDocument, Section

_QUESTION = re.compile(
    r"^\s*(?:Q|Question|问|问题|問|問題)\s*\d*\s*[:：.、]\s*(?P<text>\S.*)$", re.IGNORECASE
)
_ANSWER = re.compile(r"^\s*(?:A|Answer|答|答案|回答)\s*\d*\s*[:：.、]\s*(?P<text>.*)$", re.IGNORECASE)

_SENTENCE_END = re.compile(r"[.!?;:,。！？；：，…]$")
_LONGEST_TITLE = 80


def read_text(text: str, *, title: str) -> list[ParsedDocument]:
    faqs = _faqs(text)
    if faqs:
        return [ParsedDocument(title=title, faqs=faqs)]
    blocks = tuple(block.strip() for block in re.split(r"\n\s*\n", text) if block.strip())
    if len(blocks) > 1 and _is_title(blocks[0]):
        title, blocks = blocks[0], blocks[1:]
    return [ParsedDocument(title=title, sections=(Section(blocks=blocks),) if blocks else ())]


def _is_title(block: str) -> bool:
    """One short line that is no sentence, with a blank line after it."""
    return len(block) <= _LONGEST_TITLE and "\n" not in block and not _SENTENCE_END.search(block)


def _faqs(text: str) -> tuple[Faq, ...]:
    """The pairs, if the text is made of them and nothing else."""
    pairs: list[tuple[str, list[str]]] = []
    answering = False
    for line in filter(str.strip, text.split("\n")):
        if found := _QUESTION.match(line):
            pairs.append((found["text"].strip(), []))
            answering = False
        elif pairs and not answering and (found := _ANSWER.match(line)):
            pairs[-1][1].append(found["text"].strip())
            answering = True
        elif answering:
            pairs[-1][1].append(line.strip())
        else:
            return ()
    faqs = tuple(Faq(question=question, answer="\n".join(filter(None, answer))) for question, answer in pairs)
    return faqs if all(faq.answer for faq in faqs) else ()
