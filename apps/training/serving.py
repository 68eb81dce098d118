"""Versions in the model server: which are there, loading one, and the test questions that it must answer.

The model server forgets what was loaded at run time when it restarts; `keep_loaded` brings back what rows say is live.
Only an adapter whose manifest is the one that was judged is ever named to it.
"""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import aclosing
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.conversations.models import Site
from apps.conversations.replying.answering import search_of
from apps.training.models import ModelVersion
from dialogue import Finished, Turn, answer, connect
from model_training import ArtifactRefused, ServerFailed, serving_adapters
from model_training.adapters import check_adapter
from model_training.artifacts import MANIFEST, sha256_of
from model_training.serving_adapters import Server

logger = logging.getLogger(__name__)

QUESTIONS = 2  # of the site's own suggestions, a language


class ServerDown(Exception):
    """The model server does not answer."""


class NotLoaded(Exception):
    """The model server said no."""


def server() -> Server:
    return Server(url=settings.LLM_BASE_URL, key=settings.LLM_API_KEY)


def served_names() -> set[str]:
    """Raises ServerDown."""
    try:
        return server().names()
    except ServerFailed as error:
        raise ServerDown(str(error)) from error


def load(version: ModelVersion) -> None:
    """Under its own name. Raises ArtifactRefused, NotLoaded or ServerDown."""
    check_files(version)
    if version.name in served_names():
        return
    try:
        serving_adapters.load(version.folder, name=version.name, server=server())
    except ServerFailed as error:
        raise (ServerDown if error.code == "unreachable" else NotLoaded)(str(error)) from error


def unload(name: str) -> None:
    """Makes room. One that is not there is no matter, nor is a server that does not answer."""
    try:
        serving_adapters.unload(name, server=server())
    except ServerFailed as error:
        logger.info("%s was not unloaded: %s", name, error)


def check_files(version: ModelVersion) -> None:
    """Raises ArtifactRefused unless the folder is, byte for byte, what was judged; nothing in it is opened before."""
    if not (version.folder / MANIFEST).is_file():
        raise ArtifactRefused(f"The files of {version.name} are gone.")
    if sha256_of(version.folder / MANIFEST) != version.manifest_sha256:
        raise ArtifactRefused(f"The manifest of {version.name} is not the one that was judged.")
    check_adapter(version.folder, base=served_base())


def served_base() -> Path | None:
    """The folder of the base model, if it lies here."""
    name = settings.LLM_MODEL
    folder = Path(name) if "/" in name else Path(settings.BASE_DIR) / "models" / name
    return folder if (folder / "config.json").is_file() else None


# --- Test questions -------------------------------------------------------------------------------------------------


def smoke_test(site: Site, *, name: str) -> list[dict[str, Any]]:
    """The shipped questions, then the site's own suggestions on the customers' own way. Each says whether it is fine."""
    try:
        shipped = serving_adapters.smoke_test(name, server=server())
    except ServerFailed as error:
        return [{"question": "", "answer": str(error), "fine": False}]
    tried = [
        {"question": "", "answer": said.text[:300], "reason": said.reason, "fine": True} for said in shipped
    ]
    return tried + asyncio.run(_ask_all(site, name=name))


async def _ask_all(site: Site, *, name: str) -> list[dict[str, Any]]:
    asked = [
        (locale, question)
        for locale in ("en", "zh-hans")
        for question in list(site.suggestions.get(locale) or [])[:QUESTIONS]
    ]
    return [await _ask(site, question, locale=locale, name=name) for locale, question in asked]


async def _ask(site: Site, question: str, *, locale: str, name: str) -> dict[str, Any]:
    model = connect(base_url=settings.LLM_BASE_URL, api_key=settings.LLM_API_KEY, model=name)
    turn = Turn(question=question, site_name=site.name, locale=locale)
    async with aclosing(answer(turn, search=search_of(site), model=model)) as events:
        async for event in events:
            if isinstance(event, Finished):
                said = event.answer
                fine = not said.trace.get("failure")
                return {"question": question, "answer": said.text[:300], "reason": said.reason, "fine": fine}
    return {"question": question, "answer": "", "fine": False}


# --- After a restart --------------------------------------------------------------------------------------------------


def wanted_versions() -> Iterable[ModelVersion]:
    """Those that customers are answered by, at any site."""
    names = {name for row in Site.objects.values_list("live_model", "trial_model") for name in row if name}
    return ModelVersion.objects.filter(name__in=names).select_related("run", "site")


def keep_loaded() -> list[str]:
    """Loads what is live and missing; returns the names."""
    wanted = list(wanted_versions())
    if not wanted:
        return []
    served, loaded = served_names(), []
    for version in wanted:
        if version.name not in served:
            try:
                load(version)
            except (ArtifactRefused, NotLoaded) as error:
                logger.error(
                    "%s is live and cannot be loaded; the base model stands in: %s", version.name, error
                )
            else:
                logger.warning("%s was missing in the model server and is back.", version.name)
                loaded.append(version.name)
    return loaded
