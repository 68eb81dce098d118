"""The frame's parts on their own: reading events, cleaning Markdown, waiting, storing."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Shop, Visit
from tests.browser.stand_in_api import SITE_KEY, Desk, HostPage


@pytest.fixture(scope="module")
def parts(chromium: Browser, servers: tuple[Desk, HostPage, int, int]) -> Iterator[Page]:
    """A page on the desk's own origin, from which modules may be imported; nothing is kept on it between tests."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{servers[2]}/widget/frame/?site={SITE_KEY}")
    expect(page.locator(".composer")).to_be_visible()
    yield page
    context.close()


def use(page: Page, module: str, body: str, given: Any = None) -> Any:
    """Runs `body` with the module's exports as `m` and `given` as `given`."""
    load = f"import(new URL('/static/widget/{module}.js', location))"
    return page.evaluate(f"async (given) => {{ const m = await {load}; {body} }}", given)


# --- Server-sent events --------------------------------------------------------------------------------------

STREAM = (
    '\ufeffretry: 2000\n\n: a comment\nid: 1-0\nevent: token\ndata: {"a": 1}\n\n'
    "id: 2-0\r\nevent: message\r\ndata: two\r\ndata:lines\r\n\r\n"
    "data: no name\n\nevent: empty\n\nid: 3-0\rdata: 多久\r\r"
    "unknown: x\nid\ndata: without id\n\nevent: done\ndata: unfinished"
)
EVENTS = [
    {"type": "token", "data": '{"a": 1}', "id": "1-0"},
    {"type": "message", "data": "two\nlines", "id": "2-0"},
    {"type": "message", "data": "no name", "id": "2-0"},
    {"type": "message", "data": "多久", "id": "3-0"},
    {"type": "message", "data": "without id", "id": ""},
]


def test_events_are_read_whole_wherever_the_network_cuts_them(parts: Page) -> None:
    body = """
      const bytes = new TextEncoder().encode(given);
      const read = (size) => {
        const parser = new m.EventParser(), decoder = new TextDecoder(), events = [];
        for (let at = 0; at < bytes.length; at += size) {
          const piece = decoder.decode(bytes.slice(at, at + size), {stream: true});
          events.push(...parser.push(piece));
        }
        return JSON.stringify(events);
      };
      return [...new Set(Array.from({length: bytes.length}, (_, at) => read(at + 1)))].map(JSON.parse);
    """
    assert use(parts, "stream", body, STREAM) == [EVENTS]


def test_waits_double_up_to_half_a_minute_and_are_never_in_step(parts: Page) -> None:
    body = "return Array.from({length: 200}, () => [1, 2, 3, 9].map((failures) => m.waitBefore(failures)))"
    columns = list(zip(*use(parts, "stream", body), strict=True))
    for column, ceiling in zip(columns, (1_000, 2_000, 4_000, 30_000), strict=True):
        assert ceiling / 2 <= min(column) < max(column) <= ceiling
    assert use(parts, "stream", "return m.waitBefore(1, 60)") >= 60_000


# --- Markdown --------------------------------------------------------------------------------------------------

RENDER = """
  const cite = (number) => number <= 2 ? Object.assign(document.createElement("button"), {textContent: number}) : null;
  const box = document.createElement("div");
  box.append(m.renderMarkdown(given, {linkHosts: ["shop.example"], cite}));
  const markup = new XMLSerializer().serializeToString(box);
  return box.hasChildNodes() ? markup.replaceAll(' xmlns="http://www.w3.org/1999/xhtml"', "").slice(5, -6) : "";
"""


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        (
            "One.\n\nTwo **bold** and *soft*.",
            "<p>One.</p><p>Two <strong>bold</strong> and <em>soft</em>.</p>",
        ),
        ("line\nbreak", "<p>line<br />break</p>"),
        ("- a\n- b[1]\n\nend", "<ul><li>a</li><li>b<button>1</button></li></ul><p>end</p>"),
        ("2. two\n3. three", '<ol start="2"><li>two</li><li>three</li></ol>'),
        ("- a\n  - b\n- c", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
        ("1、先登录\n2、再申请", "<ol><li>先登录</li><li>再申请</li></ol>"),
        ("`a*b*` and 120*60*75 cm", "<p><code>a*b*</code> and 120*60*75 cm</p>"),
        (
            "Yes.[1][2] No.[3] [1, 2]",
            "<p>Yes.<button>1</button><button>2</button> No.[3] <button>1</button><button>2</button></p>",
        ),
        ("# Title\ntext", '<p class="heading">Title</p><p>text</p>'),
        (r"\*not soft\* \[1\] \<b\>", "<p>*not soft* [1] &lt;b&gt;</p>"),
        ("```\n**raw**\n```", '<pre tabindex="0"><code>**raw**</code></pre>'),
    ],
)
def test_markdown_becomes_elements(parts: Page, markdown: str, html: str) -> None:
    assert use(parts, "markdown", RENDER, markdown) == html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "![x](https://evil.example/pixel.png)",
        "[click](javascript:alert(1))",
        "[click](JaVaScRiPt:alert(1))",
        "[click](data:text/html,hi)",
        "[click](https://evil.example/)",
        "[click](https://shop.example@evil.example/)",
        "[click](https://shop.example.evil.example/)",
        "[click](//evil.example)",
        "https://evil.example/",
        "[mail](mailto:me@evil.example)",
        "<https://evil.example>",
    ],
)
def test_hostile_markdown_stays_words(parts: Page, hostile: str) -> None:
    rendered = use(parts, "markdown", RENDER, hostile)
    assert "<a" not in rendered
    assert "<img" not in rendered
    assert "<script" not in rendered


def test_links_to_the_sites_hosts_open_elsewhere_and_tell_nothing(parts: Page) -> None:
    rendered = use(
        parts, "markdown", RENDER, "See [**returns**](https://shop.example/r?a=1) or https://shop.example/a。"
    )
    assert 'href="https://shop.example/r?a=1"' in rendered
    assert 'href="https://shop.example/a"' in rendered
    assert rendered.count('rel="noopener noreferrer nofollow"') == 2
    assert rendered.count('target="_blank"') == 2


def test_any_markdown_is_taken_in_reasonable_time(parts: Page) -> None:
    for hostile in (
        "*" * 8_000,
        "[" * 8_000,
        "**a " * 2_000,
        "`" * 8_000,
        "- " * 4_000,
        "  - a\n" * 1_500,
        "[1](" * 2_000,
    ):
        use(parts, "markdown", RENDER, hostile)


# --- Joining sentences ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentences", "text"),
    [
        ([("One.", [1]), ("Two.", [])], "One.[1] Two."),
        ([("普通配送 3 天。", [1]), ("满 199 元包邮。", [1])], "普通配送 3 天。[1]满 199 元包邮。[1]"),
        ([("You need:", []), ("- a receipt", [1]), ("- a box", [])], "You need:\n- a receipt[1]\n- a box"),
        ([("Has it already [1].", [1])], "Has it already [1]."),
    ],
)
def test_sentences_are_joined_as_their_language_does(parts: Page, sentences: list[Any], text: str) -> None:
    given = [{"text": words, "citations": citations} for words, citations in sentences]
    assert use(parts, "bubbles", "return m.joinSentences(given)", given) == text


# --- The line --------------------------------------------------------------------------------------------------


def test_line_that_has_gone_silent_is_given_up_and_taken_up_again(shop: Shop, visit: Visit) -> None:
    shop.stand_in.heartbeat = 10_000
    widget = visit()
    widget.page.clock.install()
    widget.open().say("hello")
    expect(widget.answers).to_have_count(1)
    lines = count_of(shop, "/events")
    widget.page.clock.fast_forward(41_000)
    widget.page.clock.fast_forward(2_000)
    wait_for(widget.page, lambda: count_of(shop, "/events") > lines)
    shop.stand_in.agent_says("Still there?", name="Lin")
    expect(widget.frame.locator(".message.agent")).to_have_count(1)


def test_tab_that_wakes_up_takes_a_stale_line_up_again_at_once(shop: Shop, visit: Visit) -> None:
    shop.stand_in.heartbeat = 10_000
    widget = visit()
    widget.page.clock.install()
    widget.open().say("hello")
    expect(widget.answers).to_have_count(1)
    lines = count_of(shop, "/events")
    widget.page.clock.fast_forward(25_000)
    assert count_of(shop, "/events") == lines
    widget.inside().evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    widget.page.clock.fast_forward(2_000)
    wait_for(widget.page, lambda: count_of(shop, "/events") > lines)


def count_of(shop: Shop, ending: str) -> int:
    return sum(path.endswith(ending) for _, path, _ in shop.stand_in.calls)


def wait_for(page: Page, condition: Any) -> None:
    for _ in range(500):
        if condition():
            return
        page.evaluate(
            "fetch('/favicon.ico').catch(() => 0)"
        )  # lets the browser breathe without its own clock
    raise AssertionError("It did not come about.")


# --- Files on their way --------------------------------------------------------------------------------------


def test_file_that_gets_no_further_is_given_up(parts: Page) -> None:
    """Else the message that it belongs to could never be sent."""
    body = """
      window.XMLHttpRequest = class extends EventTarget {
        upload = {}; open() {} setRequestHeader() {} send() {} abort() { this.onabort(); }
      };
      const api = {base: location.href, authorized: (send) => send("token")};
      const options = {onProgress() {}, signal: new AbortController().signal, patience: 50};
      return m.uploadFile(api, "one", new File(["x"], "x.png"), options).catch((error) => error.kind);
    """
    assert use(parts, "attachments", body) == "timeout"


def test_files_go_along_into_another_language(parts: Page) -> None:
    body = """
      const {textsIn} = await import(new URL("/static/widget/texts.js", location));
      let kept = [{id: "1", name: "bill.pdf", kind: "pdf", url: "/"}];
      const drafts = {read: () => kept, keep: (kind, place, value) => (kept = value)};
      const upload = (file, {signal}) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))));
      const make = (locale) =>
        new m.Attachments({texts: textsIn(locale), drafts, upload, conversation: null, onChange() {}});
      const before = make("en");
      before.add([new File(["x"], "lamp.png", {type: "image/png"})]);
      const after = make("zh-hans");
      after.takeOver(before);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return [after.entries.map(({name, state}) => `${name} ${state}`), kept.length];
    """
    assert use(parts, "attachments", body) == [["bill.pdf ready", "lamp.png sending"], 1]


def test_old_address_of_a_file_is_asked_for_once(parts: Page) -> None:
    """A device whose clock is ahead took each new address for an old one, and asked without end."""
    body = """
      window.asked = 0;
      const freshAttachment = async () => (asked += 1) && {url: "#fresh?until=1"};
      const attachments = [{kind: "pdf", name: "bill.pdf", url: "/bill.pdf?until=1", size: 1, id: "1"}];
      const texts = {files: {list: "", size: String}};
      const files = m.makeAttachments({attachments}, {texts, actions: {freshAttachment}});
      document.body.prepend(Object.assign(files, {id: "bill"}));
    """
    use(parts, "attachments", body)
    parts.locator("#bill a").click()
    parts.wait_for_function("asked > 0")
    parts.wait_for_timeout(100)
    assert parts.evaluate("asked") == 1
