"""Who calls: the program behind an access token, and whether the token's scopes are enough."""

from django.http import HttpRequest
from ninja.security import HttpBearer

from apps.api.refusals import Refused
from apps.conversations.live import counting
from apps.conversations.live.counting import Limit
from apps.conversations.live.database import in_database
from apps.integrations import tokens
from apps.integrations.models import AccessToken, Scope

CALLS_PER_TOKEN = Limit("api-calls-token", 600)
ANSWERS_PER_TOKEN = Limit("api-answers-token", 60)
ANSWERS_PER_SITE = Limit("api-answers-site", 600)
GUESSES_PER_ADDRESS = Limit("api-guesses-address", 60)


class BearerToken(HttpBearer):
    """An access token with this scope."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    async def __call__(self, request: HttpRequest) -> AccessToken:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise Refused("token_missing")
        return await self.authenticate(request, text.strip())

    async def authenticate(self, request: HttpRequest, token: str) -> AccessToken:
        found = await in_database(recognised, request, text=token)
        if not found.may(self.scope):
            raise Refused("scope_missing", detail=self.scope.value)
        return found


def recognised(request: HttpRequest, *, text: str) -> AccessToken:
    token = tokens.recognise(text)
    if token is None:
        check_limits((GUESSES_PER_ADDRESS, request.META.get("REMOTE_ADDR") or "unknown"))
        raise Refused("token_invalid")
    check_limits((CALLS_PER_TOKEN, token.pk))
    return token


def check_limits(*wanted: tuple[Limit, object]) -> None:
    if counting.is_over(*wanted):
        raise Refused("rate_limited", retry_after=counting.seconds_left())


def token_of(request: HttpRequest) -> AccessToken:
    token: AccessToken = request.auth  # type: ignore[attr-defined] # put there by BearerToken
    return token
