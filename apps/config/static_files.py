"""Static files as WhiteNoise finds them, compressed, also where nobody ran `collectstatic`.

They are small and are sent whole: an async server cannot read on in a file without a thread.
"""

import gzip
from collections.abc import Awaitable, Callable
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

COMPRESSED = ("text/", "application/json", "image/svg+xml")
WORTH_IT = 512  # bytes


class StaticFiles:
    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]]) -> None:
        self.get_response = get_response
        self.noise = WhiteNoiseMiddleware(get_response)

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._file(request) or await self.get_response(request)

    def _file(self, request: HttpRequest) -> HttpResponse | None:
        path = request.path_info
        file = self.noise.find_file(path) if self.noise.autorefresh else self.noise.files.get(path)
        if file is None:
            return None
        served = self.noise.serve(file, request)
        content = b"".join(served)
        served.close()
        response = HttpResponse(content, status=served.status_code, headers=dict(served.items()))
        return _compressed(response) if _may_compress(request, response) else response


def _may_compress(request: HttpRequest, response: HttpResponse) -> bool:
    return (
        request.method == "GET"
        and response.status_code == 200
        and "gzip" in request.headers.get("Accept-Encoding", "")
        and "Content-Encoding" not in response.headers
        and response.headers.get("Content-Type", "").startswith(COMPRESSED)
        and len(response.content) >= WORTH_IT
    )


def _compressed(response: HttpResponse) -> HttpResponse:
    response.content = _gzipped(response.content)
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Content-Length"] = str(len(response.content))
    response.headers["Vary"] = "Accept-Encoding"
    return response


@lru_cache(maxsize=256)
def _gzipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)
