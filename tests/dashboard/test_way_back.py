"""From a page that answers a form one goes on as from any other: the form's address leads back to its page."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.dashboard.way_back import page_above
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk

HTML = {"accept": "text/html,*/*;q=0.8"}


@pytest.fixture
def admin(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["admin"])


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("set_prices", "numbers"),
        ("import_questions", "labelled_questions"),
        ("add_faq", "faq_list"),
        ("save_hours", "site_settings"),
        ("add_webhook", "integrations"),
    ],
)
def test_a_form_s_address_leads_to_its_page_with_what_was_asked(
    desk: Desk, admin: Client, form: str, page: str
) -> None:
    asked = f"{reverse(form, args=[desk.site.pk])}?page=2&by=model"
    answer = admin.get(asked, headers=HTML, follow=True)
    assert answer.status_code == 200
    assert answer.redirect_chain[-1][0] == f"{reverse(page, args=[desk.site.pk])}?page=2&by=model"


def test_a_document_s_form_leads_to_the_document(desk: Desk, admin: Client) -> None:
    ids = [desk.site.pk, desk.documents["Returns"].pk]
    answer = admin.get(reverse("set_document", args=ids), headers=HTML)
    assert answer["Location"] == reverse("document", args=ids)


def test_another_language_is_had_on_a_page_that_was_refused(desk: Desk, admin: Client) -> None:
    refused = reverse("save_hours", args=[desk.site.pk])
    answer = admin.post(reverse("set_language"), {"next": refused, "locale": "en"}, headers=HTML, follow=True)
    assert (answer.status_code, answer.redirect_chain[-1][0]) == (
        200,
        reverse("site_settings", args=[desk.site.pk]),
    )


def test_ones_own_form_leads_to_ones_own_page(admin: Client) -> None:
    assert admin.get(reverse("save_profile"), headers=HTML)["Location"] == reverse("account")


def test_programs_and_other_methods_are_told_that_it_is_a_form(desk: Desk, admin: Client) -> None:
    address = reverse("set_prices", args=[desk.site.pk])
    assert admin.get(address, headers={"accept": "application/json"}).status_code == 405
    assert admin.put(address, headers=HTML).status_code == 405


def test_there_is_always_a_page_above() -> None:
    assert page_above("/dashboard/nowhere/at/all/") == "/dashboard/"
