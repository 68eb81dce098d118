"""A stand-in for the widget's HTTP contract, with scripted answers and faults on demand.

It serves the real loader, the real frame page (with its real headers) and the real static files, and keeps
conversations in memory; there is no model, no database and no broker behind it. Tests turn its knobs from their own
thread while the browser talks to it. By hand: `python -m tests.browser.stand_in_api` and open the host page.
"""

import asyncio
import itertools
import json
import re
import threading
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import uvicorn
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from apps.widget import embedding

MIME = {".js": "text/javascript", ".css": "text/css"}
SITE_KEY = "sd_lantern"
Json = dict[str, Any]


@dataclass(frozen=True)
class Sentence:
    text: str
    citations: tuple[int, ...] = ()


@dataclass(frozen=True)
class Script:
    """What the assistant answers: sentences one by one, then all of it as one text."""

    sentences: tuple[Sentence, ...]
    citations: tuple[Json, ...] = ()
    text: str = ""  # empty: the sentences joined
    language: str | None = None  # of the question
    offer_person: bool = False
    notice: str | None = None
    fails_with: str = ""
    confirmation: Json | None = None  # the card of an action; {good_for: seconds, outcome: state, line: text}

    def full_text(self) -> str:
        joined = " ".join(sentence.text for sentence in self.sentences)
        return self.text or joined


@dataclass
class Fault:
    """Spoils the next calls that match: `status` answers without doing it; `lose_answer` does it and hangs up;
    `delay` keeps the answer back for so many seconds after it was made; `body` is answered in place of what was said."""

    pattern: str
    status: int = 0
    code: str = "unavailable"
    retry_after: float | None = None
    times: int = 1
    lose_answer: bool = False
    delay: float = 0.0
    body: str | None = None


@dataclass
class Conversation:
    id: str
    contact: str
    status: str = "assistant"
    messages: list[Json] = field(default_factory=list)
    events: list[tuple[str, str, Json]] = field(default_factory=list)
    forgotten: int = 0  # events up to here are no longer retained

    def emit(self, kind: str, data: Json) -> None:
        self.events.append((f"{len(self.events) + 1}-0", kind, json.loads(json.dumps(data))))

    def add(self, message: Json) -> Json:
        message = {
            "id": str(uuid.uuid4()),
            "seq": len(self.messages) + 1,
            "name": "",
            "text": "",
            "citations": [],
            "state": "done",
            "created_at": datetime.now(UTC).isoformat(),
            "offer_person": False,
            "notice": None,
        } | message
        self.messages.append(message)
        self.emit("message", {"message": message})
        return message


class StandIn:
    """The state behind the contract, and the knobs."""

    def __init__(self) -> None:
        self.site: Json = {
            "name": "Lantern & Loom",
            "greeting": "",
            "suggestions": [],
            "locale": "en",
        }
        self.colour = "#2f6f5e"
        self.greetings: dict[str, Json] = {}  # locale → what replaces parts of `site`
        self.origins: list[str] = []
        self.scripts: dict[str, Script] = {}
        self.default = Script((Sentence("Standard delivery takes 3 working days."),))
        self.shown = 99  # answers wait before the sentence of this index
        self.heartbeat = 15.0
        self.pace = 0.02
        self.faults: list[Fault] = []
        self.holds_streams = False  # as networks do that wait for the end of an answer before they pass it on
        self.cuts = 0  # growing it closes every open stream
        self.calls: list[tuple[str, str, Json]] = []
        self.tokens: dict[str, str] = {}
        self.refused: set[str] = set()
        self.foreign: set[str] = set()
        self.conversations: dict[str, Conversation] = {}
        self.consents: dict[str, bool] = {}  # contact → what they said last
        self.valid_signatures = {"good"}
        self.outcomes: dict[str, tuple[str, str]] = {}  # by the nonce of a card
        self.running: set[asyncio.Task[None]] = set()
        self.position = 2
        self.expected: Json = {}  # what is told to those who wait, besides their place
        self.open_parts: list[str] = []  # who can be rated once the conversation is closed
        self.verbs = {
            "handoff": self.hand_over,
            "email": self.take_email,
            "rating": self.take_score,
            "typing": lambda conversation, body: (200, {"told": True}),
        }

    # --- knobs ---

    def spoil(self, pattern: str, **fault: Any) -> None:
        self.faults.append(Fault(pattern, **fault))

    def expire_tokens(self) -> None:
        """Calls are refused; a new session for the same contact can still be had with them."""
        self.refused |= set(self.tokens)

    def disown_tokens(self) -> None:
        """Not even a new session can be had with them."""
        self.refused |= set(self.tokens)
        self.foreign |= set(self.tokens)

    def only(self) -> Conversation:
        (conversation,) = self.conversations.values()
        return conversation

    def posted(self, pattern: str) -> list[Json]:
        return [body for method, path, body in self.calls if method == "POST" and re.search(pattern, path)]

    def agent_joins(self, name: str) -> None:
        conversation = self.only()
        conversation.status = "agent"
        conversation.emit("agent_joined", {"name": name})

    def agent_says(self, text: str, *, name: str) -> None:
        self.only().add({"sender": "agent", "name": name, "text": text})

    # --- the contract ---

    def sessions(self, body: Json) -> tuple[int, Json]:
        if body.get("identity") and body["identity"].get("signature") not in self.valid_signatures:
            return 401, error("identity_invalid")
        token = body.get("token")
        if token and (token not in self.tokens or token in self.foreign):
            token = None  # as the real one does: whoever asks may ask, and learns nothing
        contact = self.tokens[token] if token else str(uuid.uuid4())
        if body.get("identity"):
            contact = f"user-{body['identity']['user_id']}"
        fresh = f"token-{uuid.uuid4()}"
        self.tokens[fresh] = contact
        site = self.site | self.greetings.get(body.get("locale", ""), {})
        expires = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        return 201, {
            "token": fresh,
            "expires_at": expires,
            "contact_id": contact,
            "verified": bool(body.get("identity")),
            "may_train": self.consents.get(contact),
            "site": site,
        }

    def list_conversations(self, contact: str) -> tuple[int, Json]:
        mine = [one for one in self.conversations.values() if one.contact == contact]
        return 200, {"conversations": [summary(one) for one in reversed(mine)]}

    def begin(self, contact: str) -> tuple[int, Json]:
        conversation = Conversation(id=str(uuid.uuid4()), contact=contact)
        self.conversations[conversation.id] = conversation
        return 201, {"id": conversation.id, "status": conversation.status}

    def post_message(self, conversation: Conversation, body: Json) -> tuple[int, Json]:
        known = [one for one in conversation.messages if one.get("client_msg_id") == body["client_msg_id"]]
        if known:
            return 202, {"message": known[0], "reply_id": None}
        conversation.status = "assistant" if conversation.status == "resolved" else conversation.status
        message = conversation.add(
            {
                "sender": "contact",
                "state": "sent",
                "text": body["text"],
                "client_msg_id": body["client_msg_id"],
            }
        )
        if conversation.status != "assistant":
            return 202, {"message": message, "reply_id": None}
        reply = conversation.add({"sender": "assistant", "state": "generating"})
        task = asyncio.get_running_loop().create_task(self.write(conversation, reply, body["text"]))
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        return 202, {"message": message, "reply_id": reply["id"]}

    async def write(self, conversation: Conversation, reply: Json, question: str) -> None:
        script = self.scripts.get(question, self.default)
        for index, sentence in enumerate(script.sentences):
            while index >= self.shown and reply["state"] == "generating":  # noqa: ASYNC110 - set from another thread
                await asyncio.sleep(0.01)
            if reply["state"] != "generating":
                return
            await asyncio.sleep(self.pace)
            token = {
                "message_id": reply["id"],
                "index": index,
                "text": sentence.text,
                "citations": list(sentence.citations),
            }
            conversation.emit("token", token)
        self.finish(conversation, reply, script)

    def finish(self, conversation: Conversation, reply: Json, script: Script) -> None:
        if script.fails_with:
            reply["state"] = "failed"
            message = "The model went away."
            conversation.emit(
                "failed", {"message_id": reply["id"], "code": script.fails_with, "message": message}
            )
            return
        if script.citations:
            conversation.emit("citations", {"message_id": reply["id"], "citations": list(script.citations)})
        reply.update(
            state="done",
            text=script.full_text(),
            citations=list(script.citations),
            offer_person=script.offer_person,
            notice=script.notice,
            language=script.language,
        )
        if script.confirmation:
            self.propose(reply, script.confirmation)
        conversation.emit("done", {"message": reply})

    def propose(self, reply: Json, told: Json) -> None:
        expires = datetime.now(UTC) + timedelta(seconds=told.get("good_for", 600))
        card = {"nonce": str(uuid.uuid4()), "state": "proposed", "text": "", "action": "cancel_order"}
        reply["confirmation"] = card | {
            "title": told["title"],
            "details": told["details"],
            "expires_at": expires.isoformat(),
        }
        self.outcomes[card["nonce"]] = (told.get("outcome", "done"), told.get("line", ""))

    def confirm(self, nonce: str, body: Json) -> tuple[int, Json]:
        for conversation in self.conversations.values():
            for message in conversation.messages:
                card = message.get("confirmation") or {}
                if card.get("nonce") == nonce:
                    return self.settle(conversation, message, body)
        return 404, error("not_found")

    def settle(self, conversation: Conversation, message: Json, body: Json) -> tuple[int, Json]:
        card = message["confirmation"]
        outcome, line = self.outcomes[card["nonce"]]
        if card["state"] == "proposed":
            card.update(state=outcome if body["accept"] else "declined", text=line)
            conversation.emit("confirm", {"message_id": message["id"], "confirmation": card})
            conversation.add({"sender": "system", "text": line, "offer_person": card["state"] == "failed"})
        return 200, {"confirmation": card}

    def stop(self, conversation: Conversation, message: Json) -> tuple[int, Json]:
        tokens = [data for _, kind, data in conversation.events if kind == "token"]
        said = [token["text"] for token in tokens if token["message_id"] == message["id"]]
        message.update(state="stopped", text=" ".join(said))
        conversation.emit("done", {"message": message})
        return 200, {"message": message}

    def rate(self, message: Json, body: Json) -> tuple[int, Json]:
        message["feedback"] = body if body["rating"] else None
        return 200, {"feedback": message["feedback"]}

    def hand_over(self, conversation: Conversation, _: Json) -> tuple[int, Json]:
        conversation.status = "waiting"
        answer = self.line(conversation)
        conversation.emit("handoff", answer)
        return 202, answer

    def line(self, conversation: Conversation) -> Json:
        return {"status": conversation.status, "position": self.position} | self.expected

    def line_moves(self, position: int) -> None:
        self.position = position
        self.only().emit("handoff", self.line(self.only()))

    def take_email(self, conversation: Conversation, body: Json) -> tuple[int, Json]:
        self.expected["email"] = body["email"]
        return 200, self.line(conversation)

    def take_score(self, conversation: Conversation, body: Json) -> tuple[int, Json]:
        if body.get("part") not in self.open_parts:
            return 409, error("nothing_to_rate")
        self.open_parts.remove(body["part"])
        return 200, {"part": body["part"], "score": body["score"], "open_parts": self.open_parts}

    def resolve(self) -> None:
        self.only().status = "resolved"
        self.only().emit("resolved", {})

    def messages_after(self, conversation: Conversation, seq: int) -> tuple[int, Json]:
        last = conversation.events[-1][0] if conversation.events else "0-0"
        rows = [one for one in conversation.messages if one["seq"] > seq]
        return 200, {"messages": rows, "status": conversation.status, "last_event_id": last} | {
            "open_parts": self.open_parts if conversation.status == "resolved" else [],
            "wait": self.line(conversation) if conversation.status == "waiting" else None,
        }


def error(code: str) -> Json:
    return {"error": {"code": code, "message": f"Refused: {code}."}}


def summary(conversation: Conversation) -> Json:
    last = conversation.messages[-1] if conversation.messages else None
    updated = last["created_at"] if last else datetime.now(UTC).isoformat()
    return {
        "id": conversation.id,
        "status": conversation.status,
        "last_message": last["text"] if last else "",
        "unread": 0,
        "updated_at": updated,
    }


# --- HTTP -------------------------------------------------------------------------------------------------


@dataclass
class Call:
    """One request, as ASGI gives it."""

    scope: Json
    receive: Callable[[], Awaitable[Json]]
    send: Callable[[Json], Awaitable[None]]

    @property
    def path(self) -> str:
        return str(self.scope["path"])

    def query(self, name: str) -> str:
        return parse_qs(self.scope["query_string"].decode()).get(name, [""])[0]

    def header(self, name: str) -> str:
        return dict(self.scope["headers"]).get(name.lower().encode(), b"").decode()

    async def body(self) -> Json:
        content, more = b"", True
        while more:
            part = await self.receive()
            content, more = content + part.get("body", b""), part.get("more_body", False)
        return dict(json.loads(content)) if content else {}

    async def start(self, status: int, headers: dict[str, str]) -> None:
        pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": pairs})

    async def answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        await self.start(status, headers)
        await self.send({"type": "http.response.body", "body": content})

    async def json(self, status: int, content: Json, headers: dict[str, str] | None = None) -> None:
        await self.answer(
            status, json.dumps(content).encode(), {"Content-Type": "application/json"} | (headers or {})
        )


class Desk:
    """The ASGI application on our own origin."""

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in

    async def __call__(self, scope: Json, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        call = Call(scope, receive, send)
        if call.path.startswith("/api/widget/v1/"):
            await self.api(call, call.path.removeprefix("/api/widget/v1/"))
        elif call.path.startswith("/static/widget/"):
            await static_file(call)
        elif call.path == "/widget.js":
            await django_answer(call, embedding.widget_js)
        else:
            await django_answer(call, self.frame)

    def frame(self, request: HttpRequest) -> HttpResponse:
        if request.GET.get("site") != SITE_KEY:
            return embedding.unknown_site(request)
        site, origins = self.stand_in.site, self.stand_in.origins
        return embedding.render_frame(
            request,
            key=SITE_KEY,
            name=site["name"],
            locale=site["locale"],
            colour=self.stand_in.colour,
            origins=origins,
        )

    async def api(self, call: Call, path: str) -> None:
        method, stand_in = call.scope["method"], self.stand_in
        body = await call.body() if method == "POST" else {}
        stand_in.calls.append((method, path, body))
        fault = self.fault(f"{method} {path}")
        if fault and fault.status:
            wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            return await call.json(fault.status, error(fault.code) if fault.code else {}, wait)
        if path.endswith("/events") and self.knows(call):
            return await self.events(call, path)
        status, content = self.answer_to(method, path, body, call)
        if fault and fault.delay:
            await asyncio.sleep(fault.delay)
        if fault and fault.lose_answer:
            return await call.json(503, error("answer_lost"))
        if fault and fault.body is not None:
            return await call.answer(200, fault.body.encode(), {"Content-Type": "text/html"})
        return await call.json(status, content)

    def knows(self, call: Call) -> bool:
        token = call.header("Authorization").removeprefix("Bearer ")
        return token in self.stand_in.tokens and token not in self.stand_in.refused

    def answer_to(self, method: str, path: str, body: Json, call: Call) -> tuple[int, Json]:
        """As things are when the call comes in, however long the answer takes."""
        if path == "sessions":
            return self.stand_in.sessions(body)
        if not self.knows(call):
            return 401, error("token_expired")
        status, content = self.dispatch(method, path, body, call)
        return status, json.loads(json.dumps(content))

    def fault(self, request: str) -> Fault | None:
        for fault in self.stand_in.faults:
            if fault.times > 0 and re.search(fault.pattern, request):
                fault.times -= 1
                return fault
        return None

    def dispatch(self, method: str, path: str, body: Json, call: Call) -> tuple[int, Json]:
        stand_in = self.stand_in
        contact = stand_in.tokens[call.header("Authorization").removeprefix("Bearer ")]
        kind, identifier, verb = [*path.split("/"), "", ""][:3]
        if path == "consent":
            stand_in.consents[contact] = body["may_train"]
            return 200, body
        if path == "conversations":
            return stand_in.begin(contact) if method == "POST" else stand_in.list_conversations(contact)
        if kind == "confirmations":
            return stand_in.confirm(identifier, body)
        if kind == "messages":
            return self.about_message(identifier, verb, body)
        conversation = stand_in.conversations.get(identifier)
        if conversation is None or conversation.contact != contact:
            return 404, error("not_found")
        if verb in stand_in.verbs:
            return stand_in.verbs[verb](conversation, body)
        if method == "POST":
            return stand_in.post_message(conversation, body)
        return stand_in.messages_after(conversation, int(call.query("after") or 0))

    def about_message(self, identifier: str, verb: str, body: Json) -> tuple[int, Json]:
        for conversation in self.stand_in.conversations.values():
            for message in conversation.messages:
                if message["id"] == identifier:
                    if verb == "stop":
                        return self.stand_in.stop(conversation, message)
                    return self.stand_in.rate(message, body)
        return 404, error("not_found")

    async def events(self, call: Call, path: str) -> None:
        conversation = self.stand_in.conversations.get(path.split("/")[1])
        if conversation is None:
            return await call.json(404, error("not_found"))
        await call.start(200, {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        return await self.stream(call, conversation, self.first_event(call, conversation))

    def first_event(self, call: Call, conversation: Conversation) -> int:
        """Where to go on, as a place in the list; -1 where a `refetch` has to be said first."""
        cursor = call.header("Last-Event-ID") or call.query("after")
        if re.fullmatch(r"\d+-\d+", cursor):
            place = int(cursor.split("-")[0])
            return place if conversation.forgotten <= place <= len(conversation.events) else -1
        seq = int(cursor or 0)
        places = (
            place
            for place, (_, kind, data) in enumerate(conversation.events)
            if kind == "message" and data["message"]["seq"] > seq
        )
        return next(places, len(conversation.events))

    async def stream(self, call: Call, conversation: Conversation, place: int) -> None:
        cuts, quiet = self.stand_in.cuts, 0.0
        if place < 0:
            place = len(conversation.events)
            await send_event(call, f"{place}-0", "refetch", {})
        while self.stand_in.cuts == cuts:
            for event in () if self.stand_in.holds_streams else conversation.events[place:]:
                await send_event(call, *event)
                place, quiet = place + 1, 0.0
            await asyncio.sleep(0.02)
            quiet += 0.02
            if quiet >= self.stand_in.heartbeat:
                quiet = 0.0
                await call.send(
                    {"type": "http.response.body", "body": b": still here\n\n", "more_body": True}
                )
        await call.send({"type": "http.response.body", "body": b""})


async def send_event(call: Call, identifier: str, kind: str, data: Json) -> None:
    text = f"id: {identifier}\nevent: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
    await call.send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def static_file(call: Call) -> None:
    file = embedding.STATIC_FILES / Path(call.path).name
    await call.answer(
        200,
        file.read_bytes(),
        {"Content-Type": f"{MIME[file.suffix]}; charset=utf-8", "Cache-Control": "no-cache"},
    )


async def django_answer(call: Call, view: Callable[[HttpRequest], HttpResponse]) -> None:
    query = parse_qs(call.scope["query_string"].decode())
    response = view(RequestFactory().get(call.path, {name: values[0] for name, values in query.items()}))
    await call.answer(response.status_code, response.content, dict(response.items()))


HOST_PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><title>Host page</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{policy}
<style>body {{ margin: 0; font: 17px/1.7 Georgia, "Noto Serif CJK SC", serif; color: #332f29; background: #faf6ef }}
main {{ max-width: 42em; margin: 8vh auto; padding: 0 24px }} h1 {{ font-weight: 500 }}
@media (prefers-color-scheme: dark) {{ body {{ background: #1d1b18; color: #d9d3c8 }} }}</style>
</head><body><main><h1>Lantern &amp; Loom</h1>
<p>Hand-woven lampshades and the lamps to go with them, made to order and sent all over the country.</p>
<p><a href="#more">Read more</a></p></main>
<script>{before}</script>
<script async src="{desk}/widget.js" {attributes}></script></body></html>"""


class HostPage:
    """The ASGI application of a shop that embeds the widget: another origin. The query becomes `data-` attributes."""

    def __init__(self) -> None:
        self.desk = ""
        self.before = ""
        self.policy = ""
        self.headers: dict[str, str] = {}

    async def __call__(self, scope: Json, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        call = Call(scope, receive, send)
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        lang = query.pop("lang", "en")
        attributes = " ".join(
            f'data-{name}="{value}"' for name, value in ({"site": SITE_KEY} | query).items()
        )
        page = HOST_PAGE.format(
            desk=self.desk, lang=lang, attributes=attributes, before=self.before, policy=self.policy
        )
        await call.answer(200, page.encode(), {"Content-Type": "text/html; charset=utf-8"} | self.headers)


@contextmanager
def serve(application: Any, *, port: int = 0) -> Iterator[int]:
    """Runs an ASGI application on 127.0.0.1 in a thread; gives its port."""
    server = uvicorn.Server(
        uvicorn.Config(application, host="127.0.0.1", port=port, log_level="warning", lifespan="off")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield wait_for_port(server, thread)
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)


def wait_for_port(server: uvicorn.Server, thread: threading.Thread) -> int:
    for _ in itertools.repeat(None):
        if server.started:
            return int(server.servers[0].sockets[0].getsockname()[1])
        if not thread.is_alive():
            raise RuntimeError("The stand-in server did not start.")
        thread.join(0.01)
    raise AssertionError


@contextmanager
def serve_shop(
    stand_in: StandIn, host: HostPage, *, ports: tuple[int, int] = (0, 0)
) -> Iterator[tuple[str, str]]:
    """Both servers: (the host page's address, the desk's address), on different sites as in real life."""
    with serve(Desk(stand_in), port=ports[0]) as desk, serve(host, port=ports[1]) as shop:
        host.desk = f"http://127.0.0.1:{desk}"
        address = f"http://localhost:{shop}"
        stand_in.origins = [address, "https://shop.example"]
        yield address, host.desk
        stand_in.cuts += 1


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.config.settings")
    django.setup()
    with serve_shop(StandIn(), HostPage()) as (shop_address, _):
        print(f"The host page: {shop_address}/")
        threading.Event().wait()
