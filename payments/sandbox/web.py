"""The smallest request, response and refusal the handlers need."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import parse_qs


class RefusalError(Exception):
    """What the provider says no to: an HTTP status, a code for programs, a sentence for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str
    headers: Message
    body: bytes

    def read_json(self) -> dict[str, Any]:
        """The body as a JSON object; an empty body is an empty object."""
        try:
            content = json.loads(self.body or b"{}")
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise RefusalError(400, "bad_json", "The body has to be a JSON object.")
        return content

    def read_form(self) -> dict[str, str]:
        return _last_values(self.body.decode("utf-8", "replace"))

    def read_query(self) -> dict[str, str]:
        return _last_values(self.query)


def _last_values(encoded: str) -> dict[str, str]:
    try:
        fields = parse_qs(encoded, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        raise RefusalError(400, "bad_form", "There are too many fields.") from None
    return {name: values[-1] for name, values in fields.items()}


def answer_json(content: object, status: int = 200) -> Response:
    return Response(status, json.dumps(content).encode(), "application/json")


def answer_refusal(refusal: RefusalError) -> Response:
    return answer_json({"error": {"code": refusal.code, "message": refusal.message}}, refusal.status)


def redirect(url: str) -> Response:
    """303, so that the browser follows with GET after a form."""
    return Response(303, b"", "text/plain; charset=utf-8", {"Location": url})
