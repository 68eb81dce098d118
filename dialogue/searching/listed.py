"""A question that was asked before: its answer was written by people, and is given word for word, without the model.

Knows nothing of who wrote it. How relevant a listed question must be is fitted with the search (`SearchResult`).
"""

from dialogue.language.commanding import commanding_sentences
from dialogue.language.facts import facts_in
from dialogue.language.polarity import denies
from dialogue.language.sentences import is_chinese
from dialogue.searching.evidence import Asked, about
from retrieval import Chunk, SearchResult


def listed_answer(question: Asked, *, result: SearchResult, language: str) -> Chunk | None:
    """The answer on file to this very question: the best passage, if it is one, in the customer's language."""
    if not result.passages or not question.words.order:
        return None
    best = result.passages[0]
    speaks = best.chunk.language in ("", language)
    is_listed = bool(best.chunk.question) and best.relevance >= result.word_for_word_from
    is_listed = is_listed and not commanding_sentences(best.chunk.text)
    return best.chunk if is_listed and speaks and _asks_the_same(question, chunk=best.chunk) else None


def _asks_the_same(question: Asked, *, chunk: Chunk) -> bool:
    """Near questions are as relevant: of another town's shop, of a smaller machine. Whatever this one names must be named there."""
    listed = (chunk.question, *chunk.aliases)
    written, said = "\n".join(listed), about(chunk)
    return (
        all(said.match(word) or (is_chinese(word) and word in written) for word in question.own.order)
        and any(denies(question.focus) == denies(one) for one in listed)
        and set(facts_in(question.focus)) <= set(facts_in(f"{written}\n{chunk.text}"))
    )
