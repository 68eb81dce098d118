"""Resolved conversations as the services leave them, of customers who agreed, refused, or were never asked."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from apps.accounts.models import User
from apps.conversations.models import Citation, Contact, Conversation, Feedback, Message, Site
from apps.conversations.shell.recorded import load_recorded
from apps.knowledge.searching import index_of
from apps.training.judging import reasons_in
from apps.training.models import Dataset, Evaluation, Job, ModelVersion, TrainingRun
from apps.training.reading import read_object
from apps.training.running import STEPS
from apps.training.stand_in import clean, evaluate, gate, split, train, write_lines
from home.addresses import ROOT
from model_training.artifacts import MANIFEST, sha256_of
from tests.dashboard.seeding import ready_document

RETURNS = (
    "You can return anything within 30 days of delivery. Return shipping is free within the country. "
    "From abroad the parcel costs you 6.90 EUR, which we deduct from the refund."
)


@dataclass
class Cast:
    site: Site
    other: Site
    people: dict[str, User]
    stranger: User
    conversations: dict[str, Conversation] = field(default_factory=dict)


def helped(site: Site, contact: Contact, said: list[tuple[str, str]]) -> Conversation:
    """(sender, text) one after the other; resolved in the end."""
    conversation = Conversation.objects.create(
        site=site, contact=contact, status=Conversation.Status.RESOLVED, last_seq=len(said)
    )
    for seq, (sender, text) in enumerate(said, start=1):
        Message.objects.create(
            conversation=conversation, seq=seq, episode=1, sender=sender, text=text, state=Message.State.DONE
        )
    return conversation


def judged_version(site: Site, *, number: int = 1, passed: bool = True, name: str = "") -> ModelVersion:
    """A version as a run leaves it, with its folder."""
    run = TrainingRun.objects.create(
        site=site,
        number=number,
        profile="home",
        state=Job.State.DONE,
        steps={name: {"seconds": 1.5} for name in STEPS},
        predicted={"seconds": 300, "memory_mb": 4000, "conversations": 3},
        dataset=Dataset.objects.create(
            site=site, sha256="ab" * 32, rows=3, contacts=1, left_out={"no_consent": 2}
        ),
    )
    write_lines(run.folder / "dataset" / "snapshot.jsonl", [{"id": "a"}, {"id": "b"}])
    for work in (clean, split, train, evaluate, gate):
        work(run.folder, {"passed": passed})
    (run.folder / "log.txt").write_text("--- train\n")
    said = read_object(run.folder / "gate.json")
    Evaluation.objects.create(
        run=run,
        champion="home",
        challenger=f"v{number}",
        questions=1,
        passed=passed,
        reasons=reasons_in(said),
        metrics=said["metrics"],
    )
    return ModelVersion.objects.create(
        site=site,
        run=run,
        number=number,
        name=name or f"lantern-v{number}",
        base="home",
        manifest_sha256=sha256_of(run.folder / "adapter" / MANIFEST),
    )


def seed_conversations(site: Site, *, agent: User) -> dict[str, Conversation]:
    document = ready_document(
        site, name="returns.md", title="Returns", language="en", headings=["Returns"], text=RETURNS, by=None
    )
    chunk = document.chunks.get()
    agreed = Contact.objects.create(site=site, name="Ada", may_train=True)
    refused = Contact.objects.create(site=site, name="Rex", may_train=False)
    unasked = Contact.objects.create(site=site, name="Una")
    rated = helped(
        site, agreed, [("contact", "How long can I return things?"), ("assistant", "30 days. [1]")]
    )
    answer = rated.messages.get(sender="assistant")
    answer.trace = {
        "model": "home",
        "passages": [{"chunk_id": chunk.pk, "title": "Returns", "relevance": 0.9}],
    }
    answer.decision, answer.reason = "answer", "supported"
    answer.save()
    Citation.objects.create(
        message=answer, number=1, chunk_id=chunk.pk, document_id=document.pk, title="Returns", text=RETURNS
    )
    Feedback.objects.create(message=answer, rating="up")
    edited = helped(site, agreed, [("contact", "And from abroad?"), ("agent", "It costs you 6.90 EUR.")])
    draft = Message.objects.create(
        conversation=edited,
        seq=3,
        episode=1,
        sender="assistant",
        text="It is free.",
        private=True,
        state="done",
    )
    edited.messages.filter(sender="agent").update(from_draft=draft, author=agent)
    return {
        "rated": rated,
        "edited": edited,
        "by_agent": helped(
            site, agreed, [("contact", "Is return shipping free?"), ("agent", "Yes, within the country.")]
        ),
        "refused": helped(site, refused, [("contact", "Mine is mine."), ("assistant", "Of course.")]),
        "unasked": helped(site, unasked, [("contact", "Hello?"), ("assistant", "Hello!")]),
    }


def open_shop(site: Site, *, folder: Path, conversations: int = 60) -> int:
    """The first of the demo's recorded conversations, over documents that hold what their answers stand on."""
    lines = (ROOT / "demo" / "shop" / "conversations.jsonl").read_text(encoding="utf-8").splitlines()
    path = folder / "conversations.jsonl"
    path.write_text("\n".join(lines[:conversations]) + "\n", encoding="utf-8")
    said: dict[str, list[str]] = {}
    for line in lines[:conversations]:
        for message in json.loads(line)["messages"]:
            for passage in message.get("passages", []):
                said.setdefault(passage["document"], []).append(passage["text"])
    for name, sentences in sorted(said.items()):
        language = "zh" if "-zh." in name else "en"
        for number, sentence in enumerate(dict.fromkeys(sentences)):
            title = name.rpartition("-")[0]
            ready_document(
                site,
                name=f"{number}/{name}",
                title=title,
                language=language,
                headings=[title],
                text=sentence,
                by=None,
            )
    index = index_of(site.knowledge_base_id)
    index.add(list(index.store.changes_since(0).live))
    return load_recorded(site, path)
