"""The model loop from a shell: one JSON object, one sentence, exit code 1."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.conversations.models import Site
from apps.training.testing import steps_stood_in
from model_training import recipes
from tests.training.seeding import Cast, judged_version
from tests.training.servers import ModelServer
from tests.training.test_runs import SHAPE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def base_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipes, "shape_of", lambda folder: SHAPE)


def told(capsys: pytest.CaptureFixture[str], *words: Any) -> dict[str, Any]:
    call_command(*words, "--json")
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def test_conversations_are_exported(cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "out.jsonl"
    said = told(capsys, "export_conversations", "--site", cast.site.key, "--out", str(file))
    assert (said["conversations"], said["left_out"]) == (3, {"no_consent": 2})
    assert len(file.read_text().splitlines()) == 3


def test_a_run_a_deployment_and_back(
    cast: Cast, server: ModelServer, capsys: pytest.CaptureFixture[str]
) -> None:
    site, live = (
        ("--site", cast.site.key),
        Site.objects.filter(pk=cast.site.pk).values_list("live_model", flat=True),
    )
    with steps_stood_in():
        assert told(capsys, "start_run", *site, "--here")["state"] == "done"
    judged = told(capsys, "gate", *site, "1")
    assert judged["passed"]
    said = told(capsys, "deploy", *site, judged["challenger"], "--by", "operator")
    assert (said["stage"], live.get()) == ("live", judged["challenger"])
    assert told(capsys, "rollback", *site, "--by", "operator") == {"live": ""}
    assert live.get() == ""


def test_refusals_are_one_sentence_with_their_reasons(cast: Cast, server: ModelServer) -> None:
    version = judged_version(cast.site, passed=False)
    site = ("--site", cast.site.key)
    with pytest.raises(CommandError, match=r"did not pass its gate.*answer_correct fell"):
        call_command("deploy", *site, version.name, "--by", "operator")
    with pytest.raises(CommandError, match="no operator"):
        call_command("deploy", *site, version.name, "--by", "agent")
    with pytest.raises(CommandError, match="no version"):
        call_command("deploy", *site, "other", "--by", "operator")
    with pytest.raises(CommandError, match="answer_correct fell"):
        call_command("gate", *site, "1")
    with pytest.raises(CommandError, match="no run"):
        call_command("gate", *site, "7")
    with pytest.raises(CommandError, match="nothing to go back to"):
        call_command("rollback", *site, "--by", "operator")


def test_a_step_that_fails_ends_the_command_with_its_sentence(cast: Cast) -> None:
    with (
        steps_stood_in(clean={"code": 1, "says": "clean: nothing is left."}),
        pytest.raises(CommandError) as error,
    ):
        call_command("start_run", "--site", cast.site.key, "--here")
    assert str(error.value) == "clean: nothing is left."
