"""A turn → a checked, cited answer, told as events while it comes about.

understand → search → decide → write → check → cite; or understand → act, where the site lets us. Shown means supported: every sentence that is shown is a passage's
own; the model says which. When the model is no help in time, the best sentences are quoted without it. Knows nothing
of rows, HTTP or of who is asking.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from dialogue.acting import Hand
from dialogue.crossing import look_across, other_language
from dialogue.deciding import choices, decide, decide_by_rule, decide_on_request
from dialogue.errors import ActionFailed, ModelFailed
from dialogue.events import (
    Answer,
    Cited,
    Decided,
    Event,
    Finished,
    Proposed,
    Searched,
    Sentence,
    Source,
    Understood,
    Withheld,
)
from dialogue.fit import DEFAULT_FIT, Fit
from dialogue.searching.evidence import Asked, Candidate, as_said, asked
from dialogue.searching.gathering import (
    Found,
    Gathered,
    gather,
    has_relevant,
    look,
    merged,
    passages_of,
    read,
)
from dialogue.searching.listed import listed_answer
from dialogue.searching.quoting import best_in_language, choose_for_prompt, choose_for_quote, in_context
from dialogue.tracing import Trace
from dialogue.turns import DEFAULT_LIMITS, AnswerLimits, Search, Turn
from dialogue.understanding.acts import Act, act_of
from dialogue.understanding.reading import Understanding, understand
from dialogue.understanding.requesting import Request, request_in
from dialogue.verifying.checking import cited_numbers, says_nothing, whole_of, without_marks
from dialogue.verifying.citing import Citations
from dialogue.verifying.picking import DEFAULT_CHECK, Picked, SupportCheck, pick_in_time
from dialogue.wording import say, slot_asked
from dialogue.writing.ahead import Ahead
from dialogue.writing.connecting import Failures, name_of
from dialogue.writing.prompting import Source as Numbered
from dialogue.writing.prompting import build_prompt, number_sources
from dialogue.writing.sentences import Draft, write
from dialogue.writing.usage import Usage, added_up

LONGEST_TALK = 80  # characters of a message that only greets, thanks or takes leave
logger = logging.getLogger(__name__)
failures = Failures()


async def answer(
    turn: Turn,
    *,
    search: Search,
    model: BaseChatModel | None,
    hand: Hand | None = None,
    limits: AnswerLimits = DEFAULT_LIMITS,
    checking: SupportCheck = DEFAULT_CHECK,
) -> AsyncGenerator[Event]:
    """Never raises because a model, a judge or a search failed, and always ends with exactly one Finished.

    `model` None: none is ready, passages are quoted straight away. Closing the generator stops the model's request.
    `hand`: what the site does for this customer; without one nothing is done.
    `checking`: how much the model's sentences need to be trusted.
    """
    course = _Course(turn, search=search, model=model, hand=hand, limits=limits, checking=checking)
    try:
        async with aclosing(course.events()) as events:
            async for event in events:
                yield event
    except Exception:  # the edge of this package: the customer gets a sentence, the log gets the rest
        logger.exception("An answer failed.")
        for event in course.say("handoff", reason="failed"):
            yield event
    finally:
        await course.end()


class _Course:
    """One answer on its way: what it has so far, and the steps."""

    def __init__(
        self,
        turn: Turn,
        *,
        search: Search,
        model: BaseChatModel | None,
        hand: Hand | None,
        limits: AnswerLimits,
        checking: SupportCheck = DEFAULT_CHECK,
        fit: Fit = DEFAULT_FIT,
    ) -> None:
        self.turn, self.search, self.model, self.limits, self.fit = turn, search, model, limits, fit
        self.hand, self.checking = hand, checking
        self.started = time.monotonic()
        self.understood: Understanding = understand(turn)
        self.citations = Citations()
        self.withheld: list[Withheld] = []
        self.shown: set[tuple[str, int]] = set()
        self.is_trusted = False  # a sentence of the model itself stands behind what is shown
        self.trace = Trace()
        self.draft = Draft()
        self.usage: Usage = {}  # of tokens, beside the draft's
        self.timings: dict[str, float] = {}
        self.evidence = 0.0  # how likely the passages hold the answer
        self.proposed: Proposed | None = None
        self.leaves_open = False  # one of several questions has no answer
        self.act: Act = "other"  # what the message does beside asking, by its meaning
        self.refused = False  # the model itself said that the sources do not hold the answer
        self.begun: _Begun | None = None  # what the model writes while it is still read what it writes from

    async def end(self) -> None:
        """Nothing of it goes on."""
        if self.begun is not None:
            await self.begun.sentences.close()

    async def events(self) -> AsyncGenerator[Event]:
        understood = self.understood
        self.trace.understood(understood)
        yield Understood(
            question=understood.question, language=understood.language, wants_person=understood.wants_person
        )
        if self.hand is not None and (request := self._requested()):
            async with aclosing(self._acted(request, hand=self.hand)) as acted:
                async for event in acted:
                    yield event
            return
        if ruled := decide_by_rule(understood, turn=self.turn):
            for event in self.say(ruled.decision, reason=ruled.reason):
                yield event
            return
        found = await self._searched()
        if not found:
            for event in self.say("handoff", reason="search_down"):
                yield event
            return
        done = self._by_meaning() or (self._on_file(found[0]) if len(found) == 1 else [])
        if not done:
            self._write_ahead(found)
            found = await self._read(found)
            done = self._if_upset(found)
        if not done:
            found = await self._across(found)
        yield Searched(passages=passages_of(found), seconds=self.timings["search"])
        self.evidence = max(one.evidence for one in found)
        if done:
            for event in done:
                yield event
            return
        if len(found) == 1 and (finished := self._at_once(found[0])):
            for event in finished:
                yield event
            return
        yield Decided(decision="answer", reason="supported")
        async with aclosing(self._answered(found)) as answered:
            async for event in answered:
                yield event

    def _by_meaning(self) -> list[Event]:
        """What the message does beside asking, in words that no rule knows. Empty: it asks."""
        self.trace.data["act"] = self.act
        match self.act:
            case "person":
                return list(self.say("handoff", reason="asked_for_person"))
            case "greeting" | "thanks" | "goodbye" | "about_us" if self._is_short():
                return list(self.say("answer", reason="small_talk", what=self.act))
            case _:
                return []

    def _if_upset(self, found: Sequence[Found]) -> list[Event]:
        """A complaint to which the pages say nothing."""
        if self.act == "complaint" and not any(one.is_enough for one in found):
            return list(self.say("handoff", reason="no_evidence", what="upset"))
        return []

    def _is_short(self) -> bool:
        """ "Thank you so much, and another thing: …" is more than thanks."""
        return len(self.understood.focus) <= LONGEST_TALK

    def _at_once(self, found: Found) -> list[Event]:
        """What needs no writing: the answer on file, and everything but an answer. Empty: it is to be answered."""
        if on_file := self._on_file(found):
            return on_file
        decided = self._decided(found)
        if decided.decision == "answer":
            return []
        open_to = choices(found.question, ranked=found.ranked)
        return list(self.say(decided.decision, reason=decided.reason, choices=open_to))

    def _decided(self, found: Found) -> Decided:
        decided = decide(
            found.question,
            evidence=found.evidence,
            needed=found.needed,
            ranked=found.ranked,
            turn=self.turn,
        )
        if decided.decision == "answer" and not has_relevant(found.result):
            return Decided(decision="handoff", reason="no_evidence")
        return decided

    def _requested(self) -> Request | None:
        """What is asked of us, unless a person is wanted. Strangers' questions without a number stay questions."""
        if self.understood.wants_person or self.hand is None:
            return None
        request = request_in(self.turn, offers=self.hand.offers)
        if request is None or (request.missing and not self.hand.knows_customer):
            return None
        return request

    async def _acted(self, request: Request, *, hand: Hand) -> AsyncGenerator[Event]:
        self.trace.requested(request)
        if decided := decide_on_request(request, knows_customer=hand.knows_customer):
            for event in self._about_request(request, decided):
                yield event
            return
        language, started = self.understood.language, time.monotonic()
        try:
            told = await asyncio.to_thread(hand.run, request.offer.name, request.arguments, language=language)
        except ActionFailed as error:
            logger.warning("An action failed: %s", error.code)
            for event in self._about_request(request, Decided(decision="handoff", reason="action_failed")):
                yield event
            return
        finally:
            self._time("action", since=started)
        reason = "acted" if told.is_done else "action_refused"
        yield Decided(decision="act", reason=reason)
        yield Sentence(text=told.text)
        yield self.finish("act", reason=reason, source="action", text=told.text)

    def _about_request(self, request: Request, decided: Decided) -> Iterator[Event]:
        """What is said before, or instead of, doing it."""
        language = self.understood.language
        names = {"action": request.offer.title_in(language)}
        if request.missing:
            names["slot"] = slot_asked(request.missing, language)
        if decided.reason == "proposed":
            self.proposed = Proposed(action=request.offer.name, arguments=dict(request.arguments))
            yield self.proposed
        yield from self.say(decided.decision, reason=decided.reason, names=names)

    def _on_file(self, found: Found) -> list[Event]:
        """Empty where no answer is on file for this very question."""
        chunk = listed_answer(found.question, result=found.result, language=self.understood.language)
        if chunk is None:
            return []
        decided, whole = Decided(decision="answer", reason="on_file"), self.citations.whole(chunk)
        cited = Cited(citations=self.citations.all)
        return [decided, whole, cited, self.finish("answer", reason="on_file", source="passage")]

    async def _searched(self) -> tuple[Found, ...]:
        """One question is not read yet. Empty when nothing can be looked up."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(self.limits.search):
                found = await asyncio.to_thread(self._gathered)
        except (
            Exception
        ) as error:  # a search is the caller's: whatever it raises means that nothing can be looked up
            logger.warning("The search failed: %r", error)
            return ()
        finally:
            self._time("search", since=started)
        self.trace.found(found, fit=self.fit)
        return found

    def _write_ahead(self, found: Sequence[Found]) -> None:
        """Reading takes as long as a model to its first sentence: it begins meanwhile where it will likely be needed."""
        if len(found) > 1 or found[0].result.reader is None:
            return
        if self.model is None or failures.are_recent(self.model):
            return
        if self._decided(found[0]).decision == "answer" and not self._is_certain(found[0]):
            self.begun = self._begin(found, model=self.model)

    async def _read(self, found: tuple[Found, ...]) -> tuple[Found, ...]:
        """The same where nothing is left to read, or nobody to read it."""
        if self.understood.parts or found[0].result.reader is None:
            return found
        started = time.monotonic()
        try:
            async with asyncio.timeout(self.limits.search):
                found = (await asyncio.to_thread(read, found[0], fit=self.fit),)
        except Exception as error:  # what words and closeness found stands
            logger.warning("The best sentences could not be read: %r", error)
        self._time("reading", since=started)
        self.trace.found(found, fit=self.fit)
        return found

    async def _across(self, found: tuple[Found, ...]) -> tuple[Found, ...]:
        """The same, or what pages in the other language hold where those in the question's own do not answer."""
        to = other_language(self.understood, found=found)
        if to is None or self.model is None or failures.are_recent(self.model):
            return found
        started = time.monotonic()
        try:
            crossed = await look_across(
                self.understood,
                to=to,
                turn=self.turn,
                search=self.search,
                model=self.model,
                limits=self.limits,
                fit=self.fit,
            )
        except Exception as error:  # the first search stands: it only found nothing
            logger.warning("The search in the other language failed: %r", error)
            return found
        finally:
            self._time("across", since=started)
        if crossed.failure in ("", "unreachable"):
            failures.note(self.model, failed=bool(crossed.failure))
        self.trace.crossed(crossed)
        self.usage = crossed.usage
        if crossed.gathered is None:
            return found
        self.leaves_open = crossed.gathered.leaves_open
        self.trace.found(crossed.gathered.found, fit=self.fit)
        return crossed.gathered.found

    def _gathered(self) -> tuple[Found, ...]:
        """Of several questions those that are answered count, and to know them they are read."""
        look_at = gather if self.understood.parts else _at_one
        gathered = look_at(
            self.understood,
            turn=self.turn,
            search=self.search,
            limit=self.limits.passages,
            fit=self.fit,
        )
        self.leaves_open = gathered.leaves_open
        first = gathered.found[0]
        self.act = act_of(
            self.understood.focus, search=self.search, searched=first.question.question, result=first.result
        )
        return gathered.found

    async def _answered(self, found: Sequence[Found]) -> AsyncGenerator[Event]:
        """What leaves no doubt, else what the model picks, else a quotation, else the admission that nothing is known."""
        if all(self._is_certain(one) for one in found):
            for certain in self._quoted(found, reason="certain"):
                yield certain
            return
        failure = "model_down"
        if self.model is not None and not failures.are_recent(self.model):
            async with aclosing(self._written(found, model=self.model)) as written:
                async for event in written:
                    yield event
            failure = self.trace.data.get("failure", "")
        if self.shown:
            for added in self._left_out(found):
                yield added
            reason, source = self._how_shown()
            for last in self._finished(reason=reason, source=source):
                yield last
            return
        for quoted in self._quoted(found, reason=self._why_quoted(failure)):
            yield quoted

    def _left_out(self, found: Sequence[Found]) -> Iterator[Event]:
        """Of several questions, the best sentence for each that the model passed over."""
        for one in found if len(found) > 1 else ():
            good = [each for each in one.ranked if each.score >= one.ranked[0].score * self.fit.guard]
            if not any(each.key in self.shown for each in good):
                yield from self._show(in_context(good[0], among=one.ranked, question=one.question))

    def _whole_question(self, found: Sequence[Found]) -> Asked:
        if len(found) == 1:
            return found[0].question
        whole = asked(self.understood.question, focus=self.understood.focus)
        return as_said(whole, passages=passages_of(found))

    def _begin(self, found: Sequence[Found], *, model: BaseChatModel) -> "_Begun":
        """From the best sentences, as far as they are known."""
        understood = self.understood
        sources = number_sources(choose_for_prompt(merged(found), language=understood.language))
        messages = build_prompt(
            understood.question,
            sources=sources,
            language=understood.language,
            recalled=understood.recalled,
        )
        draft = Draft()
        writing = write(
            messages,
            model=model,
            draft=draft,
            limits=self.limits,
            deadline=self.started + self.limits.total,
            complete=lambda beginning: whole_of(beginning, texts=[source.text for source in sources]),
        )
        return _Begun(
            sources=sources,
            messages=messages,
            draft=draft,
            sentences=Ahead(writing),
            at=time.monotonic(),
        )

    async def _begun_from(self, found: Sequence[Found], *, model: BaseChatModel) -> "_Begun":
        """What was begun, if it is from the best sentence too; else it begins anew."""
        if self.begun is not None:
            if self.begun.has(merged(found)[0]):
                return self.begun
            await self.begun.sentences.close()
        self.begun = self._begin(found, model=model)
        return self.begun

    async def _written(self, found: Sequence[Found], *, model: BaseChatModel) -> AsyncGenerator[Sentence]:
        ranked, question = merged(found), self._whole_question(found)
        most = self.limits.sentences + len(found) - 1
        waited_from = time.monotonic()
        begun = await self._begun_from(found, model=model)
        self.draft = begun.draft
        self.trace.prompted(
            begun.messages,
            sources=begun.sources,
            model=name_of(model),
            recalled=self.understood.recalled,
        )
        self.trace.checking(self.checking)
        failure = ""
        try:
            async with aclosing(begun.sentences.sentences()) as sentences:
                async for text in sentences:
                    before = len(self.shown)
                    for one in await self._picked(text, ranked=ranked, sources=begun.sources):
                        for shown in self._show(in_context(one, among=ranked, question=question)):
                            yield shown
                    # After an answer, the first sentence that adds nothing is rambling: nobody waits for more.
                    adds_nothing = 0 < before == len(self.shown)
                    if adds_nothing or self.refused or len(self.shown) >= most:
                        break
        except ModelFailed as error:
            failure = error.code
        finally:
            failures.note(model, failed=failure in ("unreachable", "silent"))
            self._time("writing", since=begun.at)
            self.timings["ahead"] = round(max(0.0, waited_from - begun.at), 4)
            self.trace.wrote(self.draft.text, failure=failure)
            if self.draft.first_text_at is not None:
                self.timings["first_token"] = round(self.draft.first_text_at - begun.at, 4)

    async def _picked(
        self, text: str, *, ranked: Sequence[Candidate], sources: Sequence[Numbered]
    ) -> Sequence[Candidate]:
        """The passage sentences that stand behind one of the model's, or in its place."""
        words = without_marks(text)
        if says_nothing(words):
            self.refused = not self.shown
            return ()
        if not words:
            return self._numbered(text, ranked=ranked, sources=sources)
        picked = await self._checked(words, ranked=ranked)
        if picked.reason:
            self._withhold(text, reason=picked.reason, citation=picked.held_against)
        self.is_trusted |= bool(picked.shown) and not picked.reason
        return picked.shown

    def _numbered(
        self, text: str, *, ranked: Sequence[Candidate], sources: Sequence[Numbered]
    ) -> Sequence[Candidate]:
        """The sentences that bare marks such as "[2]" pick."""
        numbers = cited_numbers(text)
        keys = [(one.chunk_id, one.position) for one in sources if one.number in numbers]
        picked = [one for key in keys for one in ranked if one.key == key]
        if picked and max(one.score for one in picked) < ranked[0].score * self.fit.guard:
            self._withhold(text, reason="off_question", citation=picked[0].passage.chunk.id)
            return ()
        self.is_trusted |= bool(picked)
        return picked

    async def _checked(self, words: str, *, ranked: Sequence[Candidate]) -> Picked:
        """A judge that failed once is asked no more for this answer."""
        picked = await pick_in_time(words, ranked=ranked, checking=self.checking, fit=self.fit)
        if picked.support and picked.support.judge_failed:
            self.checking = replace(self.checking, judge=None, absent=picked.support.judge_failed)
        self.trace.checking(self.checking)
        self.trace.checked(words, picked=picked)
        return picked

    def _withhold(self, text: str, *, reason: str, citation: str) -> None:
        self.withheld.append(Withheld(text=text, reason=reason, citation=citation))

    def _how_shown(self) -> tuple[str, Source]:
        """Whether the model chose what was shown, or the passages took the place of what it wrote."""
        return ("supported", "model") if self.is_trusted else ("quoted_unsupported", "passage")

    def _show(self, candidates: Sequence[Candidate]) -> Iterator[Sentence]:
        for candidate in candidates:
            if candidate.key not in self.shown:
                self.shown.add(candidate.key)
                self.timings.setdefault("first_sentence", round(time.monotonic() - self.started, 4))
                yield self.citations.sentence(candidate)

    def _is_certain(self, found: Found) -> bool:
        best = best_in_language(found.ranked, chinese=found.question.chinese)
        return best.score >= self.limits.quote_from

    def _quoted(self, found: Sequence[Found], *, reason: str) -> Iterator[Event]:
        if self.refused and self.evidence < self.fit.evidence_needed_when_refused:
            yield from self.say("handoff", reason="no_evidence")
            return
        for one in found:
            yield from self._show(choose_for_quote(one.ranked, question=one.question))
        yield from self._finished(reason=reason, source="passage")

    def _finished(self, *, reason: str, source: Source) -> Iterator[Event]:
        """An answer from the pages, with the admission that a part of the question stays open."""
        admitted = "\n\n" + say("left_open", language=self.understood.language) if self.leaves_open else ""
        if admitted:
            yield Sentence(text=admitted)
        yield Cited(citations=self.citations.all)
        yield self.finish("answer", reason=reason, source=source, text=self.citations.text + admitted)

    def _why_quoted(self, failure: str) -> str:
        if failure:
            return "quoted_model_down"
        off_question = any(one.reason == "off_question" for one in self.withheld)
        return "quoted_off_question" if off_question else "quoted_unsupported"

    def say(
        self,
        decision: str,
        *,
        reason: str,
        what: str = "",
        choices: tuple[str, ...] = (),
        names: Mapping[str, str] | None = None,
    ) -> Iterator[Event]:
        """An answer by rule: nothing is claimed, so nothing is cited. `what` names the text where the reason does not."""
        what = what or (self.understood.small_talk if reason == "small_talk" else reason)
        if reason == "unclear" and decision == "handoff":
            what = "unclear_again"
        text = say(
            what,
            language=self.understood.language,
            site_name=self.turn.site_name,
            choices=choices,
            names=names,
        )
        yield Decided(decision=decision, reason=reason)  # type: ignore[arg-type] # one of Decision, checked in tests
        yield Sentence(text=text)
        yield self.finish(decision, reason=reason, source="rules", text=text)

    def finish(self, decision: str, *, reason: str, source: Source, text: str = "") -> Finished:
        self._time("total", since=self.started)
        self.trace.withheld(self.withheld)
        usage = added_up((self.usage, self.draft.usage))
        self.trace.data |= {
            "decision": decision,
            "reason": reason,
            "source": source,
            "usage": usage,
        }
        self.trace.data["timings"] = self.timings
        return Finished(
            answer=Answer(
                decision=decision,  # type: ignore[arg-type]
                text=text or self.citations.text,
                reason=reason,
                citations=self.citations.all,
                withheld=tuple(self.withheld),
                source=source,
                offers_person=decision == "handoff",
                proposed=self.proposed,
                notice="model_unavailable" if reason == "quoted_model_down" else "",
                trace=self.trace.data,
                usage=usage,
                timings=self.timings,
            )
        )

    def _time(self, what: str, *, since: float) -> None:
        self.timings[what] = round(time.monotonic() - since, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """A model on its way, and what it was given. `at`: a moment of time.monotonic()."""

    sources: tuple[Numbered, ...]
    messages: Sequence[BaseMessage]
    draft: Draft
    sentences: Ahead
    at: float

    def has(self, best: Candidate) -> bool:
        return any((one.chunk_id, one.position) == best.key for one in self.sources)


def _at_one(understood: Understanding, *, turn: Turn, search: Search, limit: int, fit: Fit) -> Gathered:
    return Gathered(found=(look(understood, turn=turn, search=search, limit=limit, fit=fit),))
