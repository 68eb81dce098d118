"""Errors are answered in one place: JSON for programs, a plain page for people, never a stack trace."""

import pytest
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client, RequestFactory

from apps.config.errors import ErrorMiddleware


class Refused(Exception):
    code, sentence, status = "refused", "That cannot be done.", 409


def answered(error: Exception, *, path: str = "/api/anything") -> tuple[int, str, dict[str, str]]:
    request: HttpRequest = RequestFactory().get(path)
    response = ErrorMiddleware(lambda request: None).process_exception(request, error)  # type: ignore[arg-type,return-value]
    assert response is not None
    return response.status_code, response.content.decode(), dict(response.items())


def test_an_error_that_carries_a_sentence_is_told_with_it() -> None:
    status, body, _ = answered(Refused())
    assert (status, body) == (409, '{"error": {"code": "refused", "message": "That cannot be done."}}')


def test_a_lost_database_is_a_503_that_says_when_to_come_back() -> None:
    status, body, headers = answered(OperationalError("could not connect to 10.0.0.1 as admin"))
    assert status == 503
    assert "database_unavailable" in body
    assert "10.0.0.1" not in body
    assert headers["Retry-After"]


def test_a_person_gets_a_page() -> None:
    _, body, headers = answered(Refused(), path="/dashboard/")
    assert headers["Content-Type"].startswith("text/html")
    assert "That cannot be done." in body


@pytest.mark.django_db
def test_an_unknown_address_is_a_plain_404(client: Client) -> None:
    assert client.get("/api/nothing").json()["error"]["code"] == "not_found"
    assert client.get("/nothing").status_code == 404
