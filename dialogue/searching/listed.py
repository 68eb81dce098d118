"""A question that was asked before: its answer was written by people, and is given word for word, without the model.

Knows nothing of who wrote it. How relevant a listed question must be is fitted with the search (`SearchResult`).
"""

from dialogue.language.commanding import commanding_sentences
from dialogue.language.facts import facts_in
from dialogue.searching.evidence import Asked
from retrieval import Chunk, SearchResult


def listed_answer(question: Asked, *, result: SearchResult, language: str) -> Chunk | None:
    """The answer on file to this very question: the best passage, if it is one, in the customer's language."""
    if not result.passages or not question.words.order:
        return None
    best = result.passages[0]
    speaks = best.chunk.language in ("", language)
    is_listed = bool(best.chunk.question) and best.relevance >= result.word_for_word_from
    is_listed = is_listed and not commanding_sentences(best.chunk.text)
    return best.chunk if is_listed and speaks and _names_the_same(question, chunk=best.chunk) else None


def _names_the_same(question: Asked, *, chunk: Chunk) -> bool:
    """An order number or a model that the question names must be what the answer is about."""
    said = "\n".join((chunk.question, *chunk.aliases, chunk.text))
    named = {fact for fact in facts_in(question.focus) if fact.kind == "identifier"}
    return named <= set(facts_in(said))
