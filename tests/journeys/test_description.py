"""Schemathesis holds the running API against its own description: whatever it sends, only described answers come back."""

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from apps.widget.api import api
from tests.journeys.desk import SHOP, Web

pytestmark = [pytest.mark.services, pytest.mark.timeout(600, func_only=True)]

CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance]
described = schemathesis.openapi.from_dict(api.get_openapi_schema(path_prefix="/api/widget/v1/"))
# Its stream is without end by design; how it refuses is tested elsewhere.
finite = described.exclude(path_regex="/events$")


@pytest.fixture(scope="module")
def headers(web: Web, site_key: str) -> dict[str, str]:
    origin = {"Origin": SHOP}
    session = httpx.post(f"{web.url}/api/widget/v1/sessions", json={"site_key": site_key}, headers=origin)
    return {**origin, "Authorization": f"Bearer {session.json()['token']}"}


def test_served_description_is_the_one_that_is_held_against(web: Web) -> None:
    served = httpx.get(f"{web.url}/api/widget/v1/openapi.json").json()
    assert set(served["paths"]) == set(described.raw_schema["paths"])


@finite.parametrize()
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_only_described_answers_come_back(case: schemathesis.Case, web: Web, headers: dict[str, str]) -> None:
    case.call_and_validate(base_url=web.url, headers=headers, checks=CHECKS)
