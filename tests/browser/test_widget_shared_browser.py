"""A browser that several people use one after the other: nobody finds or sends what is somebody else's."""

from playwright.sync_api import expect

from tests.browser.conftest import Shop, Visit, Widget


def log_in(widget: Widget, user_id: str, *, exp: int = 1) -> None:
    user = {"user_id": user_id, "exp": exp, "signature": "good"}
    widget.page.evaluate("user => SeekDesk.setUser(user)", user)


def test_message_on_its_way_when_its_writer_logs_out_is_not_sent_by_the_next(
    shop: Shop, visit: Visit
) -> None:
    shop.stand_in.spoil("POST conversations$", delay=0.6)
    widget = visit().open().say("my order 123")
    expect(widget.questions).to_have_count(1)
    widget.page.evaluate("SeekDesk.reset()")
    expect(widget.questions).to_have_count(0)
    widget.say("somebody else")
    expect(widget.answers).to_have_count(1)
    said = [row["text"] for one in shop.stand_in.conversations.values() for row in one.messages]
    assert "my order 123" not in said
    expect(widget.frame.get_by_role("alert")).to_be_hidden()


def test_draft_goes_with_whoever_wrote_it(shop: Shop, visit: Visit) -> None:
    widget = visit(at="same site").open()
    log_in(widget, "ada")
    widget.composer.fill("my address is")
    widget.page.evaluate("SeekDesk.reset()")
    expect(widget.composer).to_have_value("")
    log_in(widget, "ada")
    widget.composer.fill("my address is")
    log_in(widget, "ben")
    expect(widget.composer).to_have_value("")
    assert "my address" not in widget.inside().evaluate("JSON.stringify(localStorage)")


def test_session_that_comes_after_a_log_out_is_not_kept(shop: Shop, visit: Visit) -> None:
    shop.stand_in.spoil("POST sessions", delay=0.6)
    widget = visit(at="same site")
    log_in(widget, "ada")
    with widget.page.expect_request("**/sessions"):
        widget.launcher.click()
    with widget.page.expect_response(
        lambda response: "/sessions" in response.url and "ada" in str(response.request.post_data)
    ):
        widget.page.evaluate("SeekDesk.reset()")
    widget.say("hello")
    expect(widget.answers).to_have_count(1)
    assert not shop.stand_in.only().contact.startswith("user-")
    assert "user-ada" not in widget.inside().evaluate("JSON.stringify(localStorage)")


def test_who_logs_in_while_the_chat_opens_is_kept_as_who_they_are(shop: Shop, visit: Visit) -> None:
    shop.stand_in.spoil("POST sessions", delay=0.6)
    widget = visit(at="same site")
    with widget.page.expect_request("**/sessions"):
        widget.launcher.click()
    with widget.page.expect_response(
        lambda response: "/sessions" in response.url and "ada" not in str(response.request.post_data)
    ):
        log_in(widget, "ada")
    widget.say("hello")
    expect(widget.answers).to_have_count(1)
    assert shop.stand_in.only().contact == "user-ada"
    assert "user-ada" in widget.inside().evaluate("JSON.stringify(localStorage)")


def test_who_writes_before_the_chat_is_there_goes_on_where_they_were(shop: Shop, visit: Visit) -> None:
    widget = visit(at="same site")
    log_in(widget, "ada")
    widget.open().say("on my phone")
    expect(widget.answers).to_have_count(1)
    shop.stand_in.spoil("GET conversations$", delay=0.6)
    elsewhere = visit(at="same site")
    log_in(elsewhere, "ada")
    elsewhere.open().say("at my desk")
    expect(elsewhere.answers).to_have_count(2)
    assert len(shop.stand_in.conversations) == 1


def test_page_that_vouches_again_for_who_is_here_moves_nothing(shop: Shop, visit: Visit) -> None:
    """As single-page applications do on each of their pages, with a later `exp`."""
    widget = visit(at="same site")
    log_in(widget, "ada")
    widget.open().say("hello")
    expect(widget.answers).to_have_count(1)
    widget.frame.get_by_role("button", name="Not helpful").click()
    reason = widget.frame.locator(".feedback textarea")
    reason.fill("I asked for some")
    with widget.page.expect_response("**/sessions"):
        log_in(widget, "ada", exp=2)
    widget.composer.fill("else")
    expect(reason).to_have_value("I asked for some")
