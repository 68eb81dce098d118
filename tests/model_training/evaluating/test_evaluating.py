"""Champion and challenger on one frozen set: asked through `dialogue`, resumed, cancelled, compared and written down."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dialogue.testing.stand_in import StandIn
from model_training import Cancelled, DataRefused, RecipeInvalid, RecordsInvalid, ServerFailed
from model_training.evaluate import main
from model_training.evaluating import (
    EVALUATION,
    Served,
    Settings,
    action_rows,
    evaluate,
    read_evaluation,
    read_given,
    safety_rows,
    write_evaluation,
)
from model_training.evaluating.settings import settings_of
from model_training.records import write_rows
from tests.model_training.evaluating.asked import row
from tests.model_training.evaluating.servers import Running, serving

SETTINGS = Settings(resamples=200, patience=10)


@pytest.fixture
def copying() -> Iterator[Running]:
    with serving(StandIn(mode="ok")) as running:
        yield running


@pytest.fixture
def refusing() -> Iterator[Running]:
    with serving(StandIn(mode="none", model="quiet")) as running:
        yield running


@pytest.fixture
def run(tmp_path: Path) -> Path:
    rows = [row(f"r{number}") for number in range(6)]
    write_evaluation(tmp_path / "dataset" / "evaluation.jsonl", rows)
    return tmp_path


def home(running: Running) -> Served:
    return Served(url=running.url, model=running.app.model, key="secret-key")


def test_two_models_are_told_apart_by_what_they_wrote_themselves(
    run: Path, copying: Running, refusing: Running
) -> None:
    comparison = evaluate(run, champion=home(refusing), challenger=home(copying), settings=SETTINGS)
    figures = comparison["metrics"]["all"]
    # Quoting protects the customer of the one that refuses: what is shown hardly differs, what was picked does.
    assert figures["correctness"]["champion"] == figures["correctness"]["challenger"] == 1
    assert (figures["model_correctness"]["champion"], figures["model_correctness"]["challenger"]) == (0, 1)
    assert figures["model_false_refusal"]["champion"] == 1
    assert comparison["metrics"]["en"]["correctness"]["rows"] == 6
    assert json.loads((run / "evaluation" / "comparison.json").read_text()) == comparison
    assert json.loads((run / "progress.json").read_text())["done"] == 6


def test_nothing_written_holds_the_key_and_the_page_needs_no_other(
    run: Path, copying: Running, refusing: Running
) -> None:
    evaluate(run, champion=home(copying), challenger=home(refusing), settings=SETTINGS)
    written = "".join(path.read_text() for path in (run / EVALUATION).iterdir())
    assert "secret-key" not in written
    page = (run / EVALUATION / "report.html").read_text()
    assert "quiet against home" in page
    assert not any(mark in page for mark in ("src=", "href=", "@import", "url("))


def test_what_was_answered_is_not_asked_again(run: Path, copying: Running) -> None:
    champion = home(copying)
    evaluate(run, champion=champion, challenger=champion, settings=SETTINGS)
    path = run / EVALUATION / "champion.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:4], lines[4][:50]]))  # killed in the middle of a line
    came = copying.app.came
    evaluate(run, champion=champion, challenger=champion, settings=SETTINGS)
    assert copying.app.came == came + 2
    assert len(read_given(path)) == 6


def test_another_model_or_another_row_is_asked_anew(run: Path, copying: Running) -> None:
    evaluate(run, champion=home(copying), challenger=home(copying), settings=SETTINGS)
    came = copying.app.came
    rows = [
        row("r0", question="Within how many days can a lamp be returned?"),
        *(row(f"r{n}") for n in range(1, 6)),
    ]
    write_evaluation(run / "dataset" / "evaluation.jsonl", rows)
    other = Served(url=copying.url, model="other")
    evaluate(run, champion=home(copying), challenger=other, settings=SETTINGS)
    assert copying.app.came == came + 1 + 6


def test_a_model_trained_again_or_served_elsewhere_is_asked_anew(run: Path, copying: Running) -> None:
    first = replace(home(copying), adapter="the first")
    evaluate(run, champion=home(copying), challenger=first, settings=SETTINGS)
    came = copying.app.came
    again = replace(first, adapter="the second")
    comparison = evaluate(run, champion=home(copying), challenger=again, settings=SETTINGS)
    assert copying.app.came == came + 6
    assert comparison["challenger_adapter"] == "the second"
    with serving(StandIn(mode="ok")) as elsewhere:
        evaluate(run, champion=home(copying), challenger=replace(again, url=elsewhere.url), settings=SETTINGS)
        assert elsewhere.app.came == 6


@pytest.mark.parametrize("lost", ["fits", "url"])
def test_answers_of_an_older_version_are_asked_anew(run: Path, copying: Running, lost: str) -> None:
    evaluate(run, champion=home(copying), challenger=home(copying), settings=SETTINGS)
    path = run / EVALUATION / "champion.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    write_rows(path, [{name: value for name, value in one.items() if name != lost} for one in rows])
    came = copying.app.came
    evaluate(run, champion=home(copying), challenger=home(copying), settings=SETTINGS)
    assert copying.app.came == came + 6


@pytest.mark.parametrize("mode", ["error", "busy"])
def test_a_server_that_fails_is_a_failure_and_no_bad_score(
    run: Path, copying: Running, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_training.evaluating.asking.PAUSE", 0.0)
    evaluate(run, champion=home(copying), challenger=home(copying), settings=SETTINGS)
    (run / EVALUATION / "comparison.json").unlink()
    (run / EVALUATION / "challenger.jsonl").unlink()
    copying.app.mode = mode
    with pytest.raises(ServerFailed, match="does not answer"):
        evaluate(run, champion=home(copying), challenger=home(copying), settings=SETTINGS)
    assert not (run / EVALUATION / "comparison.json").exists()
    assert len(read_given(run / EVALUATION / "champion.jsonl")) == 6


def test_nobody_there_is_told_by_the_command(
    run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_training.evaluating.asking.PAUSE", 0.0)
    address = "http://127.0.0.1:9/v1"
    words = [f"--{side}-{what}" for side in ("champion", "challenger") for what in ("url", "model")]
    values = [address, "home", address, "new"]
    assert main([str(run), *(part for pair in zip(words, values, strict=True) for part in pair)]) == 1
    assert "does not answer (unreachable)" in capsys.readouterr().err
    assert json.loads((run / "failure.json").read_text())["code"] == "unreachable"


def test_a_model_that_writes_nothing_is_a_bad_model(run: Path, copying: Running) -> None:
    with serving(StandIn(mode="empty", model="empty")) as empty:
        comparison = evaluate(run, champion=home(copying), challenger=home(empty), settings=SETTINGS)
    assert comparison["metrics"]["all"]["model_correctness"]["challenger"] == 0


def test_cancelled_while_a_model_is_silent(run: Path) -> None:
    (run / "CANCEL").touch()
    with serving(StandIn(mode="silent")) as silent, pytest.raises(Cancelled):
        evaluate(run, champion=home(silent), challenger=home(silent), settings=SETTINGS)


def test_faults_of_a_set_are_told_all_at_once(tmp_path: Path) -> None:
    path = tmp_path / "evaluation.jsonl"
    path.write_text('{"id": "a"}\n{"id": "b", "language": "fr"}\n')
    with pytest.raises(RecordsInvalid, match=r"line 1: .*no question.*line 2: .*language is neither"):
        read_evaluation(path)


def test_an_id_that_comes_twice_is_refused(tmp_path: Path) -> None:
    write_evaluation(tmp_path / "evaluation.jsonl", [row("a"), row("a")])
    with pytest.raises(RecordsInvalid, match="the id a came before"):
        read_evaluation(tmp_path / "evaluation.jsonl")


def test_nothing_to_ask_is_refused(tmp_path: Path) -> None:
    nobody = Served(url="http://127.0.0.1:9/v1", model="home")
    with pytest.raises(DataRefused, match="Nothing can be evaluated"):
        evaluate(tmp_path, champion=nobody, challenger=nobody)


def test_all_wrong_settings_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[evaluation]\nconcurrency = 0\npatience = 0.5\n")
    with pytest.raises(RecipeInvalid, match=r"concurrency must lie.*patience must be"):
        settings_of(tmp_path)


def test_the_shipped_questions_speak_both_languages_and_can_be_answered_rightly() -> None:
    rows = safety_rows()
    assert {one.language for one in rows} == {"zh", "en"}
    assert {one.kind for one in rows} == {"safety", "refusal", "handoff"}
    for one in rows:
        texts = " ".join(str(passage["text"]) for passage in one.passages)
        assert all(answer in texts for answer in one.expected.answers), one.id
        assert one.kind != "safety" or one.expected.must_not


def test_shipped_wishes_are_put_to_the_hand_and_nothing_is_carried_out(run: Path, copying: Running) -> None:
    rows = action_rows()
    assert {one.language for one in rows} == {"zh", "en"}
    write_evaluation(run / "dataset" / "evaluation.jsonl", rows)
    figures = evaluate(run, champion=home(copying), challenger=home(copying), settings=SETTINGS)["metrics"]
    for language in ("all", "en", "zh"):
        assert figures[language]["intent"]["challenger"] >= 0.9
        assert figures[language]["slots"]["challenger"] >= 0.8


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        ({"offers": [{"slots": []}]}, "offers are not objects"),
        ({"offers": [{"name": "cancel", "slots": [{"kind": "code"}]}]}, "offers are not objects"),
        ({"offers": "cancel"}, "offers are not objects"),
        ({"expected": {"decision": "act", "intent": "cancel"}}, "none of the offers' names"),
    ],
)
def test_an_offer_that_is_none_is_told_with_its_line(
    tmp_path: Path, part: dict[str, Any], fault: str
) -> None:
    path = tmp_path / "evaluation.jsonl"
    write_rows(path, [row().as_json() | part])
    with pytest.raises(RecordsInvalid, match=fault):
        read_evaluation(path)
