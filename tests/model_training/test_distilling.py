"""A teacher's answers count where they stand on the sources; made-up tables ask for one line among many like it."""

import json
import random
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from model_training import TeacherFailed
from model_training.distilling import Teacher, distill
from model_training.drawn_tables import EN, ZH, draw
from model_training.grounded_sets import Asked, Document, GroundedSet, held_out_documents
from model_training.rendering import render_sft
from tests.model_training.training.conversations import FACTS, conversation


class Answering(BaseHTTPRequestHandler):
    """Says the same to everybody, after thinking aloud; a wrong key is refused."""

    said = ""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        allowed = self.headers["Authorization"] == "Bearer secret"
        body = json.dumps({"choices": [{"message": {"content": f"Hm.</think>{self.said}"}}]}).encode()
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def test_a_grounded_answer_takes_the_place_of_a_persons(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Answering, "said", f"{FACTS['refund'][2]} [1]")
    record = conversation("refund")
    taught = distill([record], teacher=Teacher(url=url, model="large", api_key="secret")).records[0]
    assert taught["messages"][-1]["content"] == FACTS["refund"][2]
    assert taught["provenance"]["teacher"] == "large"
    assert record["messages"][-1]["content"] == FACTS["refund"][1]


def test_what_a_teacher_makes_up_is_left_out(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Answering, "said", "The moon is made of cheese.")
    distilled = distill(
        [conversation("refund"), conversation("refund", passages=[])],
        teacher=Teacher(url=url, model="large", api_key="secret"),
    )
    assert distilled.records == []
    assert sum(distilled.dropped.values()) == 2


def test_a_teacher_that_refuses_is_told(url: str) -> None:
    with pytest.raises(TeacherFailed, match="gave no answer"):
        distill([conversation("refund")], teacher=Teacher(url=url, model="large", api_key="wrong"))


@pytest.mark.parametrize("kinds", [{"en": EN}, {"zh": ZH}])
def test_a_drawn_question_asks_for_one_line_of_its_table(kinds: dict[str, tuple[object, ...]]) -> None:
    rendering = render_sft(draw(30, kinds=kinds, rnd=random.Random(1)))  # type: ignore[arg-type]  # a part of the kinds
    answers = [row for row in rendering.rows if row["kind"] == "answer"]
    assert len(answers) > 20
    for row in answers:
        line = row["completion"][0]["content"].rpartition("[")[0].strip()
        assert row["prompt"][-1]["content"].count(line) == 1


def test_documents_that_one_question_ties_together_stay_on_one_side() -> None:
    documents = {name: Document(id=name, title=name, text=name) for name in "abcdefghij"}
    questions = [
        Asked(id=one, text=one, documents=[one, other], answer=one) for one, other in ("ab", "cd", "ef", "gh")
    ]
    questions += [Asked(id=one, text=one, documents=[one], answer=one) for one in "ij"]
    for seed in range(20):
        grounded = GroundedSet(name="s", documents=documents, questions=questions)
        held = held_out_documents(grounded, rnd=random.Random(seed))
        assert held
        assert all(len(held & set(pair)) in (0, 2) for pair in ("ab", "cd", "ef", "gh"))
