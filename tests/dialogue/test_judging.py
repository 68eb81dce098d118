"""The judge of the support check asks a served model for one word, over a real connection."""

import json
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from dialogue import support_of
from dialogue.judging import ServedJudge

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


def test_the_support_check_follows_the_judge_and_does_without_one_that_fails() -> None:
    with served(Asked(tokens(yes=0.9, no=0.1))) as url:
        assert support_of(SENTENCE, passage=PASSAGE, judge=ServedJudge(url=url, model="judge")).supported
    with served(Asked(tokens(yes=0.05, no=0.9))) as url:
        found = support_of(SENTENCE, passage=PASSAGE, judge=ServedJudge(url=url, model="judge"))
    assert (found.supported, found.level) == (False, "judge")
    with served(Asked({}, status=500)) as url:
        found = support_of(SENTENCE, passage=PASSAGE, judge=ServedJudge(url=url, model="judge"))
    assert found.level == "light"
