"""`/v1`: a site's assistant as an OpenAI-compatible model. The token decides the site."""

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import NinjaAPI

from apps.api import completions
from apps.api.access import ANSWERS_PER_SITE, ANSWERS_PER_TOKEN, BearerToken, check_limits, token_of
from apps.api.openai_schemas import CompletionIn, CompletionOut, ErrorOut, ModelOut, ModelsOut
from apps.api.refusals import Refused
from apps.conversations.live.database import in_database
from apps.conversations.models import Site
from apps.integrations.models import Scope

api = NinjaAPI(
    title="SeekDesk answers",
    version="1",
    description="A site's assistant, compatible with OpenAI's chat completions. Answers come with citations.",
    urls_namespace="openai",
    docs_url=None,
)
answers = BearerToken(Scope.ANSWERS_WRITE)


def refusing(*statuses: int) -> dict[int, type[ErrorOut]]:
    return dict.fromkeys((*statuses, 400, 401, 403, 429, 500, 503), ErrorOut)


@api.post(
    "chat/completions",
    auth=answers,
    response={200: CompletionOut, **refusing(404, 413, 415)},
    openapi_extra={"responses": {200: {"content": {"text/event-stream": {}}}}},
)
async def complete_chat(request: HttpRequest, body: CompletionIn) -> Any:
    """The assistant's answer, whole or, with `stream`, sentence by sentence: each was checked before it is sent."""
    token = token_of(request)
    asked = completions.asked_of(token.site, body)
    await in_database(check_limits, (ANSWERS_PER_TOKEN, token.pk), (ANSWERS_PER_SITE, token.site_id))
    if not body.stream:
        return await completions.whole(asked)
    response = StreamingHttpResponse(
        completions.streamed(asked), content_type="text/event-stream; charset=utf-8"
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


@api.get("models", auth=answers, response={200: ModelsOut, **refusing()})
async def list_models(request: HttpRequest) -> Any:
    """The one model that there is."""
    return {"object": "list", "data": [model_as_json(token_of(request).site)]}


@api.get("models/{model}", auth=answers, response={200: ModelOut, **refusing(404)})
async def show_model(request: HttpRequest, model: str) -> Any:
    """The model by its name."""
    if model != completions.MODEL:
        raise Refused("model_not_found", detail="model")
    return model_as_json(token_of(request).site)


def model_as_json(site: Site) -> dict[str, Any]:
    created = int(site.created_at.timestamp())
    return {"id": completions.MODEL, "object": "model", "created": created, "owned_by": site.name}
