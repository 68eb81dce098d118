"""Reason codes of the assistant as sentences for agents. An unknown code is shown as it is."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ANSWERS = {
    "supported": gettext_lazy("Found in the passages"),
    "quoted_model_down": gettext_lazy("Quoted: no model answered"),
    "quoted_unsupported": gettext_lazy("Quoted: what the model wrote is not in the passages"),
    "quoted_off_question": gettext_lazy("Quoted: what the model wrote answers something else"),
    "certain": gettext_lazy("Quoted: one sentence answers beyond doubt, no model wrote it"),
    "on_file": gettext_lazy("The answer on file to this very question"),
    "small_talk": gettext_lazy("Small talk"),
    "ambiguous": gettext_lazy("Asked back: several documents fit"),
    "unclear": gettext_lazy("Asked back: nothing in it can be looked up"),
    "asked_for_person": gettext_lazy("The customer asked for a person"),
    "no_evidence": gettext_lazy("The knowledge base does not say"),
    "search_down": gettext_lazy("The knowledge base could not be searched"),
    "acted": gettext_lazy("Looked up through an action"),
    "action_refused": gettext_lazy("The site's own service refused"),
    "proposed": gettext_lazy("Proposed an action to the customer"),
    "slot_missing": gettext_lazy("Asked back: something is missing for the action"),
    "slot_unclear": gettext_lazy("What the action needs could not be read"),
    "not_verified": gettext_lazy("An action was asked for without a log-in"),
    "action_failed": gettext_lazy("An action failed"),
    "action_done": gettext_lazy("Done by the site's own service"),
    "action_declined": gettext_lazy("Not wanted by the customer"),
    "failed": gettext_lazy("Something unforeseen went wrong"),
    "reply_lost": gettext_lazy("The assistant could not finish"),
    "stopped": gettext_lazy("Stopped by the customer"),
    "files_unread": gettext_lazy("A file without words: the assistant reads none"),
}

WITHHELD = {
    "not_found": gettext_lazy("No passage says this."),
    "facts": gettext_lazy("A number, date, amount, unit or name in it is not in the passage."),
    "negation": gettext_lazy("It denies what the passage affirms, or the other way round."),
    "qualifier": gettext_lazy("It says all, only or must where the passage does not."),
    "condition": gettext_lazy("It leaves out a condition or a limit."),
    "subject": gettext_lazy("It is about someone or something else."),
    "off_question": gettext_lazy("True, but another sentence answers the question better."),
    "repeated": gettext_lazy("It was said already."),
}

DECISIONS = {
    "answer": gettext_lazy("Answer"),
    "clarify": gettext_lazy("Ask back"),
    "act": gettext_lazy("Act"),
    "handoff": gettext_lazy("Offer a person"),
}

SOURCES = {
    "model": gettext_lazy("The model chose, the passages speak"),
    "passage": gettext_lazy("Quoted from the passages"),
    "rules": gettext_lazy("By rule, nothing claimed"),
    "action": gettext_lazy("Told by the site's own service"),
}

FAILURES = {
    "model_down": gettext_lazy("No model was ready."),
    "unreachable": gettext_lazy("The model could not be reached."),
    "refused": gettext_lazy("The model server refused the request."),
    "silent": gettext_lazy("The model said nothing in time."),
    "slow": gettext_lazy("The model was too slow."),
    "garbled": gettext_lazy("What the model sent could not be read."),
    "looping": gettext_lazy("The model repeated itself."),
}

# Why the judge of the check was not asked, or gave no verdict: the rules decided alone.
JUDGE_ABSENT = {
    "not_served": gettext_lazy("The judge is not served: the rules decided alone."),
    "unreachable": gettext_lazy("The judge could not be reached: the rules decided alone."),
    "refused": gettext_lazy("The judge refused the request: the rules decided alone."),
    "slow": gettext_lazy("The judge was too slow: the rules decided alone."),
    "garbled": gettext_lazy("What the judge said could not be read: the rules decided alone."),
    "failed": gettext_lazy("The judge failed: the rules decided alone."),
}

LEVELS = {
    "quote": gettext_lazy("The page's own words"),
    "light": gettext_lazy("By the rules"),
    "judge": gettext_lazy("By the judge"),
}

DEGRADED = {
    "dense": gettext_lazy("Meaning could not be searched (vector store away): found by words only."),
    "words": gettext_lazy("Words could not be searched: found by meaning only."),
    "rerank": gettext_lazy("The reranker did not answer: the order is the search's own."),
}

SPANS = {
    "search": gettext_lazy("Search"),
    "reading": gettext_lazy("Reading the best sentences beside the question"),
    "across": gettext_lazy("Translating the question, and searching again"),
    "first_token": gettext_lazy("Waiting for the model"),
    "writing": gettext_lazy("Writing"),
    "other": gettext_lazy("Understanding and checking"),
}

TOKENS = {
    "input_tokens": gettext_lazy("Tokens read"),
    "output_tokens": gettext_lazy("Tokens written"),
    "total_tokens": gettext_lazy("Tokens"),
}

# What a rebuilt prompt says about where it differs. A passage's number may stand before it.
DIFFERENCES = {
    "The passage is not in the knowledge base any more.": gettext_lazy(
        "The passage is not in the knowledge base any more."
    ),
    "The passage says something else now.": gettext_lazy("The passage says something else now."),
    "The rebuilt prompt is not the one that was sent: its texts have changed without a new version.": gettext_lazy(
        "The rebuilt prompt is not the one that was sent: its texts have changed without a new version."
    ),
}
OTHER_CHECK = re.compile(r"Support check (\S+) was used; (\S+) is in use now\.")
OTHER_VERSION = re.compile(r"Prompt version (\S+) was used; (\S+) is in use now\.")
NUMBERED = re.compile(r"(\[\d+\] )?(.*)", re.DOTALL)


def difference(sentence: str) -> str:
    found = NUMBERED.fullmatch(sentence)
    number, said = found.groups() if found else ("", sentence)
    if versions := OTHER_VERSION.fullmatch(said):
        used, now = versions.groups()
        return _("Prompt version %(used)s was used; %(now)s is in use now.") % {"used": used, "now": now}
    if versions := OTHER_CHECK.fullmatch(said):
        used, now = versions.groups()
        return _("Support check %(used)s was used; %(now)s is in use now.") % {"used": used, "now": now}
    return f"{number or ''}{DIFFERENCES.get(said, said)}"


def cannot_replay(stored: Mapping[str, Any]) -> str:
    if stored.get("translated"):
        return _(
            "No prompt belongs to this answer: no model wrote it. One was asked to translate the question."
        )
    return _("No prompt belongs to this answer: no model was asked.")


def reason(stored: Mapping[str, Any]) -> str:
    """Of an answer; empty where its trace holds none."""
    code = stored.get("reason", "")
    if code == "certain" and _is_translated(stored):
        return _(
            "Quoted: one sentence answers beyond doubt. No model wrote it; one translated the question to find it"
        )
    return str(ANSWERS.get(code, code))


def _is_translated(stored: Mapping[str, Any]) -> bool:
    return bool((stored.get("translated") or {}).get("question"))
