"""Answers that are the same for everyone and large: compressed once, sent many times."""

import gzip
import hashlib
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers

# Beyond this level the time grows and the size hardly shrinks.
LEVEL = 5


@dataclass(frozen=True, slots=True)
class CompressedPage:
    """HTML for a shared cache, with an ETag of its content."""

    content: bytes
    etag: str

    @classmethod
    def of(cls, html: str) -> "CompressedPage":
        content = html.encode()
        digest = hashlib.blake2b(content, digest_size=9).hexdigest()
        return cls(content=gzip.compress(content, LEVEL, mtime=0), etag=f'"{digest}"')

    def respond(self, request: HttpRequest) -> HttpResponse:
        """Compressed for those who take it so; 304 for those who have it."""
        if self.etag in request.headers.get("If-None-Match", "").replace("W/", "").split(", "):
            response: HttpResponse = HttpResponseNotModified()
        elif "gzip" in request.headers.get("Accept-Encoding", ""):
            response = HttpResponse(self.content, headers={"Content-Encoding": "gzip"})
        else:
            response = HttpResponse(gzip.decompress(self.content))
        response.headers["ETag"] = self.etag
        patch_vary_headers(response, ["Accept-Encoding"])
        return response
