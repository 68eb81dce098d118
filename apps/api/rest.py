"""`/api/v1`: what people do at the desk, for programs. Described at `/api/v1/openapi.json`."""

from ninja import NinjaAPI

from apps.api import actions, conversations, documents

api = NinjaAPI(
    title="SeekDesk",
    version="1",
    description="What people do at the desk, for programs. The access token decides the site; its scopes what may be "
    "done there. Errors are `{error: {code, message}}`.",
    urls_namespace="rest",
    docs_url=None,
)
api.add_router("", conversations.router)
api.add_router("", documents.router)
api.add_router("", actions.router)
