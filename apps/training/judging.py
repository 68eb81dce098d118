"""What stands around evaluation and gate: the challenger gets a name and is loaded, and the judgement gets a row."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify

from apps.conversations.models import Site
from apps.training import serving
from apps.training.models import Evaluation, ModelVersion, TrainingRun
from apps.training.reading import read_object
from model_training.artifacts import MANIFEST, check, sha256_of

KEPT = 200_000  # characters of metrics on a row; all of them stay in the run's folder


def load_challenger(run: TrainingRun) -> None:
    """Raises what is wrong with the adapter, or with the server."""
    serving.load(version_of(run))


def version_of(run: TrainingRun) -> ModelVersion:
    """The run's version, made when it is first asked for. An adapter that is not whole becomes none."""
    found = ModelVersion.objects.filter(run=run).select_related("run", "site").first()
    if found is not None:
        return found
    folder = run.folder / "adapter"
    check(folder, thorough=True)
    config = read_object(folder / "adapter_config.json")
    with transaction.atomic():
        site = Site.objects.select_for_update().get(pk=run.site_id)
        last = ModelVersion.objects.filter(site=site).order_by("-number").first()
        number = last.number + 1 if last else 1
        return ModelVersion.objects.create(
            site=site,
            run=run,
            number=number,
            name=name_of(site, number=number),
            base=str(config.get("base_model_name_or_path") or settings.LLM_MODEL)[:200],
            manifest_sha256=sha256_of(folder / MANIFEST),
        )


def name_of(site: Site, *, number: int) -> str:
    """Two sites of one name still have versions of their own at the one model server."""
    return f"{slugify(site.name)[:40] or 'site'}-{site.pk.hex[:6]}-v{number}"


def champion_of(site: Site) -> str:
    site.refresh_from_db(fields=["live_model"])
    return site.live_model or settings.LLM_MODEL


def arguments(run: TrainingRun) -> Sequence[str]:
    url = settings.LLM_BASE_URL
    champion, challenger = champion_of(run.site), version_of(run).name
    return [
        str(run.folder),
        *("--champion-url", url, "--champion-model", champion, *_adapter_of(champion)),
        *("--challenger-url", url, "--challenger-model", challenger),
        *("--api-key-env", "LLM_API_KEY"),
    ]


def _adapter_of(name: str) -> Sequence[str]:
    """Nothing for a base model, which has none."""
    version = ModelVersion.objects.filter(name=name).select_related("run").first()
    return ("--champion-adapter", str(version.folder)) if version else ()


def record(run: TrainingRun) -> None:
    """The gate's word on a row. The challenger leaves the server until somebody deploys it."""
    gate = read_object(run.folder / "gate.json")
    comparison = read_object(run.folder / "evaluation" / "comparison.json")
    version = version_of(run)
    metrics = comparison.get("metrics") or gate.get("metrics") or {}
    Evaluation.objects.update_or_create(
        run=run,
        defaults={
            "champion": str(comparison.get("champion_model") or champion_of(run.site))[:100],
            "challenger": version.name,
            "questions": count_questions(run),
            "passed": gate.get("passed") is True,
            "reasons": reasons_in(gate),
            "metrics": metrics if len(json.dumps(metrics)) <= KEPT else {},
        },
    )
    if version.name not in (run.site.live_model, run.site.trial_model):
        serving.unload(version.name)


def reasons_in(gate: Mapping[str, Any]) -> list[dict[str, str]]:
    """Each in the languages that the gate has it in; English always."""
    refusals = [
        one["sentences"] for one in gate.get("refusals") or [] if isinstance(one, dict) and "sentences" in one
    ]
    plain = [{"en": reason} for reason in gate.get("reasons") or []]
    told = refusals if len(refusals) == len(plain) else plain
    return [{language: str(sentence)[:500] for language, sentence in one.items()} for one in told]


def count_questions(run: TrainingRun) -> int:
    try:
        with (run.folder / "dataset" / "evaluation.jsonl").open("rb") as file:
            return sum(1 for line in file if line.strip())
    except OSError:
        return 0
