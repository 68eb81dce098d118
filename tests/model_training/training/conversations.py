"""Conversations with passages, as `clean` and `split` leave them, for tests of rendering and training."""

from pathlib import Path
from typing import Any

from model_training.records import write_rows

FACTS = {
    "refund": ("How long does a refund take?", "A refund takes five working days.", "Refunds go to the card that paid."),
    "parcel": ("Where is my parcel shown?", "The parcel is shown on the tracking page.", "Tracking starts at night."),
    "invoice": ("Can I get an invoice by mail?", "Invoices are sent by mail within an hour.", "They name the order."),
    "helmet": ("Can I wash the helmet?", "The helmet is washed by hand with soap.", "Its straps can be replaced."),
    "退款": ("退款要多久到账？", "退款会在五个工作日内到账。", "退款原路退回付款账户。"),
    "发票": ("发票怎么开？", "发票可以在订单页面申请。", "电子发票发送到邮箱。"),
}  # fmt: skip


def passage(name: str, *, relevance: float = 0.8) -> dict[str, Any]:
    _, answer, beside = FACTS[name]
    return {
        "chunk_id": f"c-{name}", "document_id": f"d-{name}", "title": f"About {name}", "heading_path": [], "url": "",
        "text": f"{beside}\n{answer}", "relevance": relevance,
    }  # fmt: skip


def conversation(name: str, *, number: int = 0, answer: str = "", **said: Any) -> dict[str, Any]:
    question, fact, _ = FACTS[name]
    language = "zh" if name in ("退款", "发票") else "en"
    reply = {
        "role": "assistant",
        "author": "agent",
        "content": answer or fact,
        "passages": [passage(name)],
    } | said
    return {
        "id": f"{name}-{number}", "site": "s", "contact": f"p{number}", "language": language,
        "started_at": "2026-11-01T10:00:00Z", "outcome": {"status": "resolved"}, "consent": True, "provenance": {},
        "messages": [{"role": "user", "author": "contact", "content": question}, reply],
    }  # fmt: skip


def make_run(run: Path, *, base: Path, config: str = "", copies: int = 4) -> Path:
    """A run folder whose dataset is the facts above, each asked `copies` times."""
    (run / "dataset" / "train").mkdir(parents=True)
    rows = [conversation(name, number=number) for number in range(copies) for name in FACTS]
    write_rows(run / "dataset" / "train" / "sft.jsonl", rows)
    (run / "config.toml").write_text(CONFIG.format(base=base) + config)
    return run


CONFIG = """
[run]
name = "tried"
profile = "home"
base = "{base}"

[lora]
rank = 4

[data]
longest = 4096

[optim]
rows_per_step = 4
rows_at_once = 2
learning_rate = 0.01
"""
