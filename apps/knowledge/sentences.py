"""Reason codes → sentences in the reader's language.

Rows keep the code, and the sentence as it was raised: English, and often with a detail such as the row's number.
"""

from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from apps.knowledge.models import Document, EmbedderSwitch, IndexJob

SENTENCES = {
    "empty": gettext_lazy("This file is empty, or there is no text in it."),
    "no_text": gettext_lazy(
        "There are only pictures in this file. Add a version whose text can be selected."
    ),
    "bad_row": gettext_lazy("A row of this file lacks what it must have, such as a question or an answer."),
    "bad_encoding": gettext_lazy(
        "The letters of this file cannot be told. Save it as UTF-8 and add it again."
    ),
    "encrypted": gettext_lazy("This file is protected by a password. Remove the password and add it again."),
    "broken": gettext_lazy("This file is damaged or incomplete. Open it, save it anew and add the new file."),
    "too_large": gettext_lazy("This file is too large. Split it and add the parts."),
    "too_slow": gettext_lazy("Reading this file took too long. Split it and add the parts."),
    "wrong_type": gettext_lazy(
        "We do not read files of this type. Add Markdown, text, HTML, PDF, DOCX, CSV or JSON Lines."
    ),
    "cancelled": gettext_lazy("Cancelled."),
    "superseded": gettext_lazy("A newer version of this file was indexed first."),
    "worker_lost": gettext_lazy(
        "The worker stopped three times in the middle of this file. "
        "Split the file or look into the worker's log, then try again."
    ),
    "unexpected": gettext_lazy(
        "Something went wrong on our side. It has been written down in the worker's log. Please try again."
    ),
    "not_alike": gettext_lazy(
        "What the new embedder made did not pass its check. The one before goes on answering. Please try again."
    ),
    "embedder_refuses": gettext_lazy(
        "The embedder's server refuses what it is asked. Check its address, key and model name, then try again. "
        "The one before goes on answering."
    ),
    "switch_lost": gettext_lazy(
        "The worker stopped three times in the middle of the change. Look into the worker's log, then try again."
    ),
    "file_gone": gettext_lazy("The uploaded file is no longer on the disk. Please add it again."),
}


def sentence_of(row: IndexJob | Document | EmbedderSwitch) -> str:
    """Why the row is as it is, in the reader's language; empty when there is nothing to say."""
    if row.reason_code == "index_unavailable" and not isinstance(row, Document):
        return _waiting(row)
    if row.reason and (get_language() or "en").startswith("en"):
        return row.reason
    return str(SENTENCES.get(row.reason_code, row.reason))


def in_english(reason_code: str) -> str:
    """As rows keep it, whatever language the process that writes them speaks."""
    with override("en"):
        return str(SENTENCES[reason_code])


def _waiting(job: IndexJob | EmbedderSwitch) -> str:
    if isinstance(job, EmbedderSwitch):
        return _("The vector store or the embedder does not answer. It is tried again every minute.")
    if job.not_before is None:
        return _("The vector store does not answer; trying again now.")
    at = time_format(timezone.localtime(job.not_before), "H:i:s")
    return _("The vector store does not answer; trying again at %(time)s.") % {"time": at}
