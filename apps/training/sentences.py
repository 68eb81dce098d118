"""Reason codes → sentences in the reader's language. Rows keep the code, and the sentence as it was raised."""

from django.utils.translation import get_language, gettext_lazy, override

from apps.training.models import Job

SENTENCES = {
    "nothing_to_learn": gettext_lazy(
        "No resolved conversation may be learnt from yet. Choose an earlier date, or ask customers for their consent."
    ),
    "killed": gettext_lazy(
        "The step was ended by the system, most likely because memory ran out. "
        "Choose a smaller profile or a machine with more memory."
    ),
    "worker_lost": gettext_lazy(
        "The trainer stopped three times in the middle of this. Look into its log, then try again."
    ),
    "broken": gettext_lazy("The step ended without saying why. Its log says more."),
    "unexpected": gettext_lazy(
        "Something went wrong on our side. It has been written down in the trainer's log. Please try again."
    ),
    "disk": gettext_lazy(
        "A file could not be written. Most likely the disk is full: make room, then try again."
    ),
    "model_server_down": gettext_lazy(
        "The model server does not answer. What is live stays live; try again when it is up."
    ),
    "adapter_refused": gettext_lazy(
        "The files of this version are not the ones that were judged, or are incomplete. They were not opened."
    ),
    "smoke_failed": gettext_lazy("The version did not answer the test questions. What is live stays live."),
    "not_loaded": gettext_lazy("The model server refused to load this version. What is live stays live."),
    "cancelled": gettext_lazy("Cancelled."),
    "dismissed": gettext_lazy("Dismissed."),
    "guard_fell": gettext_lazy(
        "The trial ended by itself: its answers were worse than those of the live model."
    ),
    "contact_erased": gettext_lazy(
        "A customer's data was erased: this run collects its conversations anew when it goes on."
    ),
    "rolled_back": gettext_lazy("Somebody rolled back in the meantime."),
}

STEP_NAMES = {
    "snapshot": gettext_lazy("Collect conversations"),
    "clean": gettext_lazy("Clean"),
    "split": gettext_lazy("Hold out"),
    "train": gettext_lazy("Train"),
    "load": gettext_lazy("Load the challenger"),
    "evaluate": gettext_lazy("Evaluate"),
    "gate": gettext_lazy("Judge"),
    "record": gettext_lazy("Write down the judgement"),
}


def sentence_of(job: Job) -> str:
    """Why the job is as it is, in the reader's language; empty when there is nothing to say."""
    if job.reason and (get_language() or "en").startswith("en"):
        return job.reason
    known = SENTENCES.get(job.reason_code)
    return str(known) if known is not None else job.reason


def in_english(code: str) -> str:
    """As rows keep it, whatever language the process that writes them speaks."""
    with override("en"):
        return str(SENTENCES[code])
