"""What needs torch, tried in one process of the model environment: `python checks.py WORKSHOP`.

WORKSHOP holds `rendered/`; each check leaves what it saw in `seen.json`, and the tests judge that.
"""

import json
import math
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from model_training import TrainingError, artifacts, profiles
from model_training.adapters import check_adapter
from model_training.cleaning import perplexity
from model_training.compressing import in_eight_bits, merge, quantize
from model_training.recipes import load as load_recipe
from model_training.records import read_rows, write_rows
from model_training.training import generating
from model_training.training.__main__ import main as train_process
from model_training.training.course import read_dataset, train
from model_training.training.encoding import IGNORED, encode, encode_preference, in_order
from model_training.training.failing import failure_of
from model_training.training.loading import load_tokenizer
from model_training.training.watching import Watching
from tests.model_training.training import sharded
from tests.model_training.training.conversations import CONFIG
from tests.model_training.training.tiny import ARCHITECTURES, make

STEPS = "\n[optim]\nsteps = 3\nlook_every = 3\nrows_per_step = 2\nrows_at_once = 2\nlearning_rate = 0.01\n"


def make_run(workshop: Path, name: str, *, base: Path, config: str = STEPS, rows: str = "rendered") -> Path:
    run = workshop / "runs" / name
    (run / "dataset").mkdir(parents=True)
    shutil.copytree(workshop / rows, run / "dataset" / "rendered")
    text = CONFIG.format(base=base).partition("[optim]")[0]
    if base.name.startswith("Deepseek"):
        text = text.replace(
            "rank = 4", f"rank = 4\ntargets = {profiles.load('deepseek-v3').training['lora']['targets']}"
        )
    (run / "config.toml").write_text(text + config)
    return run


def spread(workshop: Path) -> dict[str, Any]:
    """Over two processes: as a whole, and once more with one of them killed after the step that follows a look."""
    config = "\n[optim]\nsteps = 6\nlook_every = 3\nsave_every = 2\nrows_per_step = 2\nrows_at_once = 2\npatience = 0\n"
    whole, cut = (
        make_run(workshop, name, base=workshop / "Qwen2ForCausalLM", config=config)
        for name in ("spread", "spread-cut")
    )
    ended = [sharded.launch(whole), sharded.launch(cut, killed_after=4), sharded.launch(cut)]
    return {
        "ended": ended,
        "resumed_from": json.loads((cut / "training.json").read_text())["resumed_from_step"],
        "whole": sharded.steps_of(whole),
        "cut": sharded.steps_of(cut),
        "adapter": artifacts.check(cut / "adapter", thorough=True) != {},
    }


def labels(workshop: Path) -> dict[str, Any]:
    tokenizer = load_tokenizer(workshop / "Qwen2ForCausalLM")
    rows = list(read_rows(workshop / "rendered" / "sft.jsonl"))
    encoded = [encode(row, tokenizer=tokenizer) for row in rows]
    learnt = [[label for label in one["labels"] if label != IGNORED] for one in encoded]
    preference = {
        "prompt": rows[0]["prompt"],
        "chosen": rows[0]["completion"],
        "rejected": rows[1]["completion"],
    }
    return {
        "last": sorted({tokenizer.convert_ids_to_tokens(one["labels"][-1]) for one in encoded}),
        "named_end": tokenizer.eos_token,
        "learnt": [tokenizer.decode(ids) for ids in learnt],
        "answers": [row["completion"][0]["content"] for row in rows],
        "dpo": encode_preference(preference, tokenizer=tokenizer, kind="dpo"),
        "curriculum": in_order(
            [{"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}], order="curriculum", buckets=[3, 0, 1, 2], seed=0
        ),
    }


def architecture(workshop: Path, name: str) -> dict[str, Any]:
    base = workshop / name
    run = make_run(workshop, name, base=base)
    report = train(run)
    model = AutoModelForCausalLM.from_pretrained(base)
    ids = torch.tensor([[5, 6, 7, 8]])
    before = model(input_ids=ids).logits
    loaded = PeftModel.from_pretrained(model, run / "adapter")
    dtypes = {str(one.dtype) for one in load_file(run / "adapter" / "adapter_model.safetensors").values()}
    return {
        "steps": report["steps"],
        "predicted_trained": report["predicted"]["trained"],
        "measured_trained": report["measured"]["trained"],
        "changes_answers": bool((loaded(input_ids=ids).logits - before).abs().max() > 1e-6),
        "dtypes": sorted(dtypes),
        "files": sorted(path.name for path in (run / "adapter").iterdir()),
    }


def stopping(workshop: Path) -> dict[str, Any]:
    """A model that was taught one short answer says it and ends."""
    base = workshop / "Qwen2ForCausalLM"
    row = {
        "id": "a#1",
        "prompt": [{"role": "user", "content": "a"}],
        "completion": [{"role": "assistant", "content": "b"}],
    }
    (workshop / "short").mkdir()
    (workshop / "short" / "sft.jsonl").write_text((json.dumps(row) + "\n") * 4)
    config = "\n[optim]\nsteps = 60\nrows_per_step = 4\nrows_at_once = 4\nlearning_rate = 0.02\n"
    run = make_run(workshop, "short", base=base, config=config, rows="short")
    (run / "config.toml").write_text(
        (run / "config.toml").read_text().replace("longest = 4096", "longest = 4096\nheld_out = 0.0")
    )
    train(run)
    tokenizer = load_tokenizer(base)
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), run / "adapter")
    prompt = tokenizer.apply_chat_template(row["prompt"], tokenize=False, add_generation_prompt=True)
    asked = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)
    said = model.generate(**asked, max_new_tokens=20, do_sample=False, eos_token_id=tokenizer.eos_token_id)
    return {"said": tokenizer.decode(said[0][asked["input_ids"].shape[1] :])}


def failures(workshop: Path) -> dict[str, Any]:
    make("Qwen2ForCausalLM", workshop / "broken", broken=True)
    broken = make_run(workshop, "broken", base=workshop / "broken")
    full = make_run(workshop, "full", base=workshop / "Qwen2ForCausalLM")
    (full / "metrics.jsonl").symlink_to("/dev/full")  # each write to it says that the disk is full
    seen: dict[str, Any] = {}
    for name, run in (("broken", broken), ("full", full)):
        seen[name] = {"exit": train_process([str(run)])} | json.loads((run / "failure.json").read_text())
    changed = make_run(workshop, "base-changed", base=_tampered(workshop / "Qwen2ForCausalLM"))
    seen["changed base"] = {"exit": train_process([str(changed)])}
    seen["changed base"] |= json.loads((changed / "failure.json").read_text())
    try:
        torch.empty(10**15)
    except RuntimeError as error:
        seen["memory"] = {"code": failure_of(error).code, "sentence": str(failure_of(error))}
    return seen


def _tampered(base: Path) -> Path:
    """A base with a manifest of ours that was changed behind it."""
    target = base.with_name("changed-base")
    artifacts.publish(shutil.copytree(base, base.with_name("draft")), target=target, origin={})
    path = target / "model.safetensors"
    changed = bytearray(path.read_bytes())
    changed[-1] ^= 1
    path.write_bytes(changed)
    return target


def faulty_rows(workshop: Path) -> dict[str, Any]:
    """One row without an answer, one that is too long, and one whose token makes every number of its batch no number."""
    base = workshop / "bad-token"
    make("Qwen2ForCausalLM", base, no_number_for="\t")
    good = {
        "prompt": [{"role": "user", "content": "a"}],
        "completion": [{"role": "assistant", "content": "b"}],
    }
    rows = [good] * 7 + [good | {"prompt": [{"role": "user", "content": "a\t"}]}]
    rows += [good | {"completion": [{"role": "assistant", "content": ""}]}]
    rows += [good | {"prompt": [{"role": "user", "content": "long " * 99}]}]
    (workshop / "faulty").mkdir()
    write_rows(workshop / "faulty" / "sft.jsonl", rows)
    config = "\n[optim]\nsteps = 8\nrows_per_step = 2\nrows_at_once = 1\nlearning_rate = 0.01\n"
    run = make_run(workshop, "faulty", base=base, config=config, rows="faulty")
    (run / "config.toml").write_text(
        (run / "config.toml").read_text().replace("longest = 4096", "longest = 128\nheld_out = 0.0")
    )
    report = train(run)
    weights = load_file(run / "adapter" / "adapter_model.safetensors")
    return {
        "dropped": report["rows_dropped"],
        "skipped": report["skipped_steps"],
        "steps": report["steps"],
        "finite": all(bool(one.isfinite().all()) for one in weights.values()),
        "moved": any(bool(one.any()) for name, one in weights.items() if "lora_B" in name),
    }


def breaking_down(workshop: Path) -> dict[str, Any]:
    """Good rows first, then only such as make no numbers: it ends, and what it had learnt is kept."""
    good: dict[str, Any] = {
        "prompt": [{"role": "user", "content": "a"}],
        "completion": [{"role": "assistant", "content": "b"}],
    }
    rows = [good | {"bucket": 1} for _ in range(4)]
    rows += [good | {"prompt": [{"role": "user", "content": "a\t"}], "bucket": 2} for _ in range(4)]
    (workshop / "down").mkdir()
    write_rows(workshop / "down" / "sft.jsonl", rows)
    config = (
        "\n[optim]\nsteps = 8\nsave_every = 2\nrows_per_step = 1\nrows_at_once = 1\nlearning_rate = 0.01\n"
    )
    run = make_run(workshop, "down", base=workshop / "bad-token", config=config, rows="down")
    text = (run / "config.toml").read_text()
    (run / "config.toml").write_text(
        text.replace("longest = 4096", 'longest = 128\nheld_out = 0.0\norder = "curriculum"')
    )
    exited = train_process([str(run)])
    kept = sorted((run / "checkpoints").glob("step-*/adapter_model.safetensors"))
    return {
        "exit": exited,
        "sentence": json.loads((run / "failure.json").read_text())["sentence"],
        "kept": [path.parent.name for path in kept],
        "finite": all(bool(one.isfinite().all()) for path in kept for one in load_file(path).values()),
        "adapter": (run / "adapter").exists(),
    }


def changed_recipe(workshop: Path) -> dict[str, Any]:
    """In a folder where another recipe was trained, for longer."""
    run = make_run(
        workshop,
        "changed",
        base=workshop / "Qwen2ForCausalLM",
        config=STEPS.replace("steps = 3", "steps = 6\nsave_every = 2"),
    )
    train(run)
    text = (run / "config.toml").read_text()
    (run / "config.toml").write_text(text.replace("steps = 6\nsave_every = 2", "steps = 3"))
    report = train(run)
    rows = list(read_rows(run / "metrics.jsonl"))
    return {
        "resumed_from": report["resumed_from_step"],
        "steps": [row["step"] for row in rows if "loss" in row],
        "heldout": [row["heldout_loss"] for row in rows if "heldout_loss" in row],
        "best": report["heldout_loss"],
        "kept": sorted(path.name for path in (run / "checkpoints").glob("step-*")),
    }


def watched(workshop: Path) -> dict[str, Any]:
    """On which rows the loss is watched, where there are both sides, and where one is empty or missing."""
    run = make_run(workshop, "watched", base=workshop / "Qwen2ForCausalLM")
    recipe, rendered = load_recipe(run), run / "dataset" / "rendered"
    row = next(read_rows(rendered / "sft.jsonl"))
    write_rows(rendered / "heldout.jsonl", [row | {"id": "heldout"}])
    seen = {}
    for name, rows in (("both", [row | {"id": "validation"}]), ("empty", [])):
        write_rows(rendered / "validation.jsonl", rows)
        seen[name] = [one["id"] for one in read_dataset(run, recipe=recipe)[1]]
    return seen


def exploding(workshop: Path) -> dict[str, Any]:
    """Gradients that are numbers, weights that are none: no checkpoint, and no adapter, is made of them."""
    watching = Watching(workshop / "exploding", origin={}, patience=0, tokens_a_step=1)
    layer = torch.nn.Linear(1, 1)
    layer.weight.data[:] = float("inf")
    try:
        watching.on_save(SimpleNamespace(output_dir=""), SimpleNamespace(global_step=7), None, model=layer)
    except TrainingError as error:
        return {"sentence": str(error)}
    return {"sentence": ""}


WAYS = {
    "kto": '[method]\nkind = "kto"\n',
    "dpo": '[method]\nkind = "dpo"\n',
    "packing": 'order = "random"\npacking = true\n',
    "curriculum": 'order = "curriculum"\n',
    "checkpointing": "gradient_checkpointing = true\n",
}


def ways(workshop: Path) -> dict[str, Any]:
    """A few steps of each way to train, on rows of the demo shop's conversations."""
    return {name: _way(workshop, name, words) for name, words in WAYS.items()}


def _way(workshop: Path, name: str, words: str) -> dict[str, Any]:
    run = make_run(workshop, f"way-{name}", base=workshop / "Qwen2ForCausalLM", config=STEPS)
    text = (run / "config.toml").read_text()
    if words.startswith("[method]"):
        text = text.replace("[lora]", f"{words}\n[lora]")
    elif "order" in words:
        text = text.replace("longest = 4096\n", f"longest = 4096\n{words}")
    else:
        text = text.replace("[optim]\n", f"[optim]\n{words}")
    (run / "config.toml").write_text(text)
    report = train(run)
    weights = load_file(run / "adapter" / "adapter_model.safetensors")
    moved = any(bool(one.any()) for key, one in weights.items() if "lora_B" in key)
    losses = [row["loss"] for row in read_rows(run / "metrics.jsonl") if "loss" in row]
    return {"steps": report["steps"], "skipped": report["skipped_steps"], "moved": moved, "losses": losses}


def adapters(workshop: Path) -> dict[str, str]:
    """Adapters that must not be opened, and why they are not."""
    good = workshop / "runs" / "Qwen2ForCausalLM" / "adapter"
    base = workshop / "Qwen2ForCausalLM"
    check_adapter(good, base=base)
    weights = "adapter_model.safetensors"
    tampered, truncated, unfinished = (
        shutil.copytree(good, workshop / name) for name in ("tampered", "cut", "half")
    )
    changed = bytearray((tampered / weights).read_bytes())
    changed[-1] ^= 1
    (tampered / weights).write_bytes(changed)
    (truncated / weights).write_bytes((truncated / weights).read_bytes()[:-10])
    (unfinished / "DONE").unlink()
    tries = {
        "another base": (good, workshop / "DeepseekV2ForCausalLM"),
        "tampered": (tampered, base),
        "truncated": (truncated, base),
        "unfinished": (unfinished, base),
    }
    return {name: _refusal(adapter, base=base) for name, (adapter, base) in tries.items()}


def _refusal(adapter: Path, *, base: Path) -> str:
    try:
        check_adapter(adapter, base=base)
    except TrainingError as error:
        return str(error)
    return ""


def generated(workshop: Path) -> dict[str, Any]:
    """Without a server: what a model writes to rows, in sixteen bits and in eight, and which of two words it prefers."""
    base, adapter = workshop / "Qwen2ForCausalLM", workshop / "runs" / "short" / "adapter"
    rows, out = workshop / "asked.jsonl", workshop / "said.jsonl"
    asked = [{"role": "user", "content": "a"}]
    write_rows(rows, [{"id": name, "prompt": asked * times} for name, times in (("one", 1), ("two", 2))])
    words = [str(rows), str(base), str(out), "--adapter", str(adapter), "--longest", "4"]
    seen: dict[str, Any] = {}
    for name, more in (("plain", []), ("int8", ["--bits", "int8"]), ("words", ["--words", "b", "a"])):
        assert generating.main([*words, *more]) == 0
        seen[name] = {row["id"]: row.get("text", row.get("likelihood")) for row in read_rows(out)}
    return seen


def perplexities(workshop: Path) -> dict[str, Any]:
    """Of rows in one padded batch, and of each by itself, reckoned from all of its words."""
    base, rows, out = workshop / "Qwen2ForCausalLM", workshop / "hard.jsonl", workshop / "hard.out"
    said = {"short": "a", "long": "a refund takes five days " * 40, "other": "\u9000\u6b3e"}
    talks = {
        name: [{"role": "user", "content": "ab" * len(name)}, {"role": "assistant", "content": text}]
        for name, text in said.items()
    }
    write_rows(rows, [{"id": name, "messages": talk} for name, talk in talks.items()])
    assert perplexity.main([str(rows), str(out), str(base)]) == 0
    tokenizer, model = load_tokenizer(base), AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    alone = {}
    for name, talk in talks.items():
        prompt = tokenizer.apply_chat_template(talk[:1], tokenize=False, add_generation_prompt=True)
        before, reply = (
            tokenizer(text, add_special_tokens=False)["input_ids"] for text in (prompt, said[name])
        )
        ids = torch.tensor([before + reply[:256]])
        learnt = torch.tensor([[IGNORED] * len(before) + reply[:256]])
        alone[name] = math.exp(float(model(input_ids=ids, labels=learnt).loss))
    return {"together": {row["id"]: row["perplexity"] for row in read_rows(out)}, "alone": alone}


def smaller(workshop: Path) -> dict[str, Any]:
    base, adapter = workshop / "Qwen2ForCausalLM", workshop / "runs" / "Qwen2ForCausalLM" / "adapter"
    merge(base, adapter=adapter, target=workshop / "merged")
    ids = torch.tensor([[5, 6, 7, 8]])
    with_adapter = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), adapter)(
        input_ids=ids
    ).logits
    merged = AutoModelForCausalLM.from_pretrained(workshop / "merged", dtype=torch.float32)(
        input_ids=ids
    ).logits
    seen: dict[str, Any] = {"merged_differs": float((with_adapter - merged).abs().max())}
    for kind in ("int8", "fp8"):
        quantize(workshop / "merged", kind=kind, target=workshop / kind)
        artifacts.check(workshop / kind, thorough=True)
        weight = torch.randn(8, 64)
        small, scale = in_eight_bits(weight, kind=kind)
        error = (small.float() * scale - weight).abs().max() / weight.abs().max()
        config = json.loads((workshop / kind / "config.json").read_text())["quantization_config"]
        names = sorted(load_file(workshop / kind / "model.safetensors"))
        seen[kind] = {
            "error": float(error),
            "format": config["format"],
            "scales": sum("scale" in one for one in names),
        }
    return seen


def main(workshop: Path) -> None:
    for name in ARCHITECTURES:
        make(name, workshop / name)
    seen: dict[str, Any] = {"spread": spread(workshop), "labels": labels(workshop)}
    seen["architectures"] = {name: architecture(workshop, name) for name in ARCHITECTURES}
    seen |= {"stopping": stopping(workshop), "failures": failures(workshop), "adapters": adapters(workshop)}
    seen |= {"smaller": smaller(workshop), "faulty": faulty_rows(workshop), "ways": ways(workshop)}
    seen |= {
        "down": breaking_down(workshop),
        "exploding": exploding(workshop),
        "changed": changed_recipe(workshop),
        "watched": watched(workshop),
        "generated": generated(workshop),
        "perplexities": perplexities(workshop),
    }
    (workshop / "seen.json").write_text(json.dumps(seen, ensure_ascii=False))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
