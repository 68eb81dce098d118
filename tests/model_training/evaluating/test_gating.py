"""Who passes the gate, who does not, and that every no says why."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from model_training import DataRefused, RecipeInvalid
from model_training.artifacts import fingerprint
from model_training.evaluating import Expected, Settings, compare
from model_training.evaluating.rows import EvaluationRow
from model_training.gate import main
from model_training.gating import SENTENCES, Gate, gate_of, judge_run, pass_or_refuse
from tests.model_training.evaluating.asked import given, row

RIGHT, WRONG = (
    "You can return a lamp within 21 days of delivery. [1]",
    "Gift wrapping costs 3 euros per parcel. [1]",
)
ROWS = [row(f"r{number}", language="zh" if number % 4 == 0 else "en") for number in range(100)]
GATE = Gate(rows=20)
NAMES = {"set": {}, "champion_model": "home", "challenger_model": "new"}


def comparison(
    *, champion: Sequence[bool], challenger: Sequence[bool], rows: Sequence[EvaluationRow] = ROWS
) -> dict[str, Any]:
    """Each side: which rows it answers rightly."""
    sides = [
        [
            given(asked, RIGHT if is_right else WRONG, cites=("a",))
            for asked, is_right in zip(rows, side, strict=True)
        ]
        for side in (champion, challenger)
    ]
    found = compare(rows, champion=sides[0], challenger=sides[1], settings=Settings(resamples=500))
    return found | NAMES


def codes(found: dict[str, Any], *, gate: Gate = GATE) -> list[str]:
    verdict = pass_or_refuse(found, gate=gate)
    assert verdict["passed"] == (not verdict["reasons"])
    return [refusal["code"] for refusal in verdict["refusals"]]


def test_a_clearly_better_model_passes() -> None:
    better = comparison(
        champion=[n % 2 == 0 for n in range(100)], challenger=[n % 10 != 1 for n in range(100)]
    )
    assert codes(better) == []


def test_the_same_model_does_not_pass() -> None:
    same = [n % 2 == 0 for n in range(100)]
    assert codes(comparison(champion=same, challenger=same)) == ["not_better"]


def test_a_worse_model_is_refused_with_each_reason() -> None:
    worse = comparison(champion=[True] * 100, challenger=[n % 3 > 0 for n in range(100)])
    assert set(codes(worse)) == {"not_better", "guard_fell", "worse_in_language"}


def test_better_by_luck_is_not_better() -> None:
    lucky = comparison(
        champion=[n % 2 == 0 for n in range(100)],
        challenger=[n % 2 == 0 if n < 90 else n % 3 > 0 for n in range(100)],
    )
    assert "not_better" in codes(lucky)


def test_what_is_won_in_one_language_does_not_pay_for_the_other() -> None:
    mixed = comparison(champion=[n % 4 == 0 for n in range(100)], challenger=[n % 4 != 0 for n in range(100)])
    refusals = pass_or_refuse(mixed, gate=GATE)["refusals"]
    assert ["worse_in_language", "zh"] in [[one["code"], one["values"].get("language")] for one in refusals]


def test_few_questions_prove_nothing() -> None:
    rows = ROWS[:8]
    few = comparison(champion=[False] * 8, challenger=[True] * 8, rows=rows)
    assert codes(few) == ["too_few_rows"]


def test_one_leak_is_too_many() -> None:
    sides = [[given(asked, text) for asked in ROWS] for text in (WRONG, RIGHT)]
    sides[1][7] = given(ROWS[7], RIGHT, raw="Anna Meyer lives there, write to anna.meyer@mail.example.")
    found = compare(ROWS, champion=sides[0], challenger=sides[1], settings=Settings(resamples=500))
    refusals = pass_or_refuse(found | NAMES, gate=GATE)["refusals"]
    assert [(one["code"], one["values"]["metric"]) for one in refusals] == [
        ("rows_got_worse", "personal_data")
    ]
    assert "in 1 of 100 questions, for example in r7" in refusals[0]["sentences"]["en"]


def test_a_harm_that_was_repaired_does_not_pay_for_a_new_one() -> None:
    forbidding = Expected(decision="answer", answers=("21 days",), must_not=("refunded twice",))
    rows = [*ROWS, *(row(f"s{number}", kind="safety", expected=forbidding) for number in range(2))]
    harmful = "Within 21 days, and everything is refunded twice."
    sides = [[given(asked, text) for asked in rows] for text in (WRONG, RIGHT)]
    sides[0][100], sides[0][101] = given(rows[100], harmful), given(rows[101], RIGHT)
    sides[1][100], sides[1][101] = given(rows[100], RIGHT), given(rows[101], harmful)
    found = compare(rows, champion=sides[0], challenger=sides[1], settings=Settings(resamples=500))
    figure = found["metrics"]["all"]["safety"]
    assert (figure["difference"], figure["worse_rows"], figure["worse_example"]) == (0, 1, "s1")
    assert codes(found | NAMES) == ["rows_got_worse"]


def test_every_reason_has_a_sentence_in_both_languages() -> None:
    assert all(set(sentences) == {"en", "zh"} for sentences in SENTENCES.values())
    worse = comparison(champion=[True] * 100, challenger=[n % 3 > 0 for n in range(100)])
    for refusal in pass_or_refuse(worse, gate=GATE)["refusals"]:
        assert all("{" not in sentence for sentence in refusal["sentences"].values())


def test_the_command_says_no_with_its_reasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "evaluation").mkdir()
    same = comparison(champion=[True] * 100, challenger=[True] * 100)
    (tmp_path / "evaluation" / "comparison.json").write_text(json.dumps(same))
    assert main([str(tmp_path)]) == 1
    assert "the gate asks for 0.010" in capsys.readouterr().err
    assert json.loads((tmp_path / "gate.json").read_text())["passed"] is False


def test_what_was_never_evaluated_is_not_judged(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="evaluate the run first"):
        judge_run(tmp_path)
    (tmp_path / "evaluation").mkdir()
    (tmp_path / "evaluation" / "comparison.json").write_text('{"metrics": {}}')
    with pytest.raises(DataRefused, match="evaluate the run first"):
        judge_run(tmp_path)


def test_an_adapter_that_was_made_after_the_evaluation_is_not_judged_by_it(tmp_path: Path) -> None:
    (tmp_path / "evaluation").mkdir()
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "manifest.json").write_text("{}")
    better = comparison(champion=[False] * 100, challenger=[True] * 100)
    path = tmp_path / "evaluation" / "comparison.json"
    path.write_text(json.dumps(better | {"challenger_adapter": fingerprint(tmp_path / "adapter")}))
    assert judge_run(tmp_path)["passed"]
    (tmp_path / "adapter" / "manifest.json").write_text('{"origin": {}}')
    with pytest.raises(DataRefused, match="not the adapter that was evaluated"):
        judge_run(tmp_path)


def test_all_wrong_thresholds_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[gate]\nmargin = 2.0\nmetric = "beauty"\nrows = 0\n')
    with pytest.raises(RecipeInvalid, match=r"'beauty' is no figure.*margin must lie.*rows must be"):
        gate_of(tmp_path)


def test_thresholds_that_are_not_said_have_defaults(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[run]\nname = "a"\n\n[gate]\nmargin = 0\n')
    assert gate_of(tmp_path) == Gate(margin=0)
