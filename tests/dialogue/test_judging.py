"""The judge of the support check asks a served model for one word, over a real connection."""

import json
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from dialogue import JudgeFailed, support_of
from dialogue.verifying.judging import ServedJudge

PASSAGE = "A refund takes five working days once the parcel is back."
SENTENCE = "You have your money within a working week of our getting the parcel."


class Asked:
    """What the server was sent, and what it says."""

    def __init__(self, choice: dict[str, Any], *, status: int = 200) -> None:
        self.choice, self.status, self.bodies = choice, status, list[dict[str, Any]]()


@contextmanager
def served(asked: Asked) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            told = json.dumps({"choices": [asked.choice]}).encode()
            self.send_response(asked.status)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()


def tokens(**shares: float) -> dict[str, Any]:
    told = [{"token": word, "logprob": math.log(share)} for word, share in shares.items()]
    return {"message": {"content": "yes"}, "logprobs": {"content": [{"top_logprobs": told}]}}


def test_the_likelihood_is_the_share_of_yes_and_the_passage_comes_first() -> None:
    asked = Asked(tokens(yes=0.6, no=0.2, Yes=0.0001))
    with served(asked) as url:
        likelihood = ServedJudge(url=url, model="judge", topic="Refunds")(passage=PASSAGE, sentence=SENTENCE)
    assert 0.74 < likelihood < 0.76
    body = asked.bodies[0]
    assert (body["model"], body["max_tokens"]) == ("judge", 1)
    assert body["messages"][1]["content"] == f"Passage:\nRefunds\n{PASSAGE}\n\nSentence: {SENTENCE}"


def test_a_server_without_likelihoods_is_taken_at_its_word() -> None:
    for said, likelihood in (("Yes", 1.0), ("no", 0.0)):
        with served(Asked({"message": {"content": said}})) as url:
            assert ServedJudge(url=url, model="judge")(passage=PASSAGE, sentence=SENTENCE) == likelihood


# The rules are unsure of it: near the passage, but in words of its own.
UNSURE = "A refund needs five working days once we have the parcel."


def test_the_support_check_follows_the_judge_where_it_is_unsure() -> None:
    for told, supported in ((tokens(yes=0.99, no=0.01), True), (tokens(yes=0.001, no=0.9), False)):
        with served(Asked(told)) as url:
            found = support_of(UNSURE, passage=PASSAGE, judge=ServedJudge(url=url, model="judge"))
        assert (found.supported, found.level) == (supported, "judge")


@pytest.mark.parametrize(
    ("choice", "status", "code"),
    [
        ({}, 500, "refused"),
        ({}, 200, "garbled"),
        ({"message": {"content": "perhaps"}}, 200, "garbled"),
        ({"message": None, "logprobs": {"content": [{"top_logprobs": 7}]}}, 200, "garbled"),
    ],
)
def test_the_support_check_does_without_a_judge_that_fails(
    choice: dict[str, Any], status: int, code: str
) -> None:
    with served(Asked(choice, status=status)) as url:
        found = support_of(UNSURE, passage=PASSAGE, judge=ServedJudge(url=url, model="judge"))
    assert (found.level, found.judge_failed) == ("light", code)


def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(JudgeFailed, match="unreachable"):
        ServedJudge(url="http://127.0.0.1:9/v1", model="judge")(passage=PASSAGE, sentence=SENTENCE)
