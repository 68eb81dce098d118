"""Small things that the pages of models need: durations, sizes, names of steps, guards and reasons."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.training.models import Job
from apps.training.sentences import STEP_NAMES, sentence_of

register = template.Library()

GUARDS = {
    "unsupported": gettext_lazy("Quoted instead: what the model wrote was no help"),
    "handoff": gettext_lazy("Ended with the offer of a person"),
    "thumbs_down": gettext_lazy("Thumbs down, of those rated"),
}
LEFT_OUT = {
    "no_consent": gettext_lazy("Left out: no consent"),
    "erased": gettext_lazy("Left out: erased"),
    "over_cap": gettext_lazy("Left out: above the cap of a customer"),
}


@register.filter
def duration(seconds: float | str | None) -> str:
    """In the coarsest unit that fits."""
    if not isinstance(seconds, int | float):
        return "–"
    if seconds < 120:
        return _("%(n)d s") % {"n": seconds}
    if seconds < 7200:
        return _("%(n)d min") % {"n": round(seconds / 60)}
    return _("%(n).1f h") % {"n": seconds / 3600}


@register.filter
def megabytes(size: float | str | None) -> str:
    if not isinstance(size, int | float):
        return "–"
    return f"{size / 1024:.1f} GB" if size >= 1024 else f"{size:.0f} MB"


@register.filter
def scientific(value: float) -> str:
    return f"{value:.1e}"


@register.filter
def figure2(value: float) -> str:
    return f"{value:.2f}"


@register.filter
def step_name(name: str) -> str:
    return str(STEP_NAMES.get(name, name))


@register.filter
def guard_name(name: str) -> str:
    return str(GUARDS.get(name, name))


@register.filter
def left_out_name(name: str) -> str:
    return str(LEFT_OUT.get(name, name))


@register.filter
def job_sentence(job: Job) -> str:
    return sentence_of(job)
