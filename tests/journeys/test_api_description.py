"""Schemathesis holds the running API for programs against its own descriptions."""

import json
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from apps.api import openai, rest
from apps.integrations.models import Scope
from tests.journeys.desk import Desk, Web

pytestmark = [pytest.mark.services, pytest.mark.timeout(600, func_only=True)]

CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance]
at_rest = schemathesis.openapi.from_dict(rest.api.get_openapi_schema(path_prefix="/api/v1/"))
answering = schemathesis.openapi.from_dict(openai.api.get_openapi_schema(path_prefix="/v1/"))
calmly = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def headers(desk: Desk, site_key: str) -> dict[str, str]:
    scopes = [word for scope in Scope.values for word in ("--scope", scope)]
    made = json.loads(desk.manage("make_token", "--site", site_key, "--json", "Robot", *scopes))
    return {"Authorization": f"Bearer {made['token']}"}


def paths(web: Web, path: str) -> Any:
    return set(httpx.get(f"{web.url}{path}openapi.json").json()["paths"])


def test_served_descriptions_are_those_that_are_held_against(web: Web) -> None:
    assert paths(web, "/api/v1/") == set(at_rest.raw_schema["paths"])
    assert paths(web, "/v1/") == set(answering.raw_schema["paths"])


@at_rest.parametrize()
@calmly
def test_only_described_answers_come_back(case: schemathesis.Case, web: Web, headers: dict[str, str]) -> None:
    case.call_and_validate(base_url=web.url, headers=headers, checks=CHECKS)


@answering.parametrize()
@calmly
def test_only_described_completions_come_back(
    case: schemathesis.Case, web: Web, headers: dict[str, str]
) -> None:
    case.call_and_validate(base_url=web.url, headers=headers, checks=CHECKS)
