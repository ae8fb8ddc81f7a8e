"""HTTP: which handler answers which path, and what every answer carries."""

import hmac
import re
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from payments.sandbox import api, controls, hosted, pages
from payments.sandbox.web import RefusalError, Request, Response, answer_json, answer_refusal

if TYPE_CHECKING:
    from payments.sandbox.provider import Provider

LARGEST_BODY = 64 * 1024
ROUTES: list[tuple[str, re.Pattern[str], Callable[..., Response]]] = [
    (method, re.compile(pattern, re.ASCII), handler)
    for method, pattern, handler in (
        ("POST", r"/v1/payments", api.create_payment),
        ("GET", r"/v1/payments", api.list_payments),
        ("GET", r"/v1/payments/(\w+)", api.get_payment),
        ("POST", r"/v1/payments/(\w+)/cancel", api.cancel_payment),
        ("POST", r"/v1/payments/(\w+)/refunds", api.create_refund),
        ("GET", r"/v1/payments/(\w+)/refunds", api.list_refunds),
        ("GET", r"/v1/refunds", api.list_all_refunds),
        ("GET", r"/v1/refunds/(\w+)", api.get_refund),
        ("GET", r"/v1/disputes", api.list_disputes),
        ("POST", r"/v1/saved-cards", api.create_saved_card),
        ("GET", r"/v1/saved-cards/(\w+)", api.get_saved_card),
        ("POST", r"/v1/saved-cards/(\w+)/forget", api.forget_saved_card),
        ("POST", r"/v1/charges", api.create_charge),
        ("POST", r"/v1/charges/(\w+)", api.charge),
        ("GET", r"/test/settings", controls.show_settings),
        ("POST", r"/test/settings", controls.change_settings),
        ("GET", r"/test/events", controls.show_events),
        ("POST", r"/test/deliver", controls.deliver),
        ("POST", r"/test/payments/(\w+)/pay", controls.pay),
        ("POST", r"/test/payments/(\w+)/dispute", controls.dispute),
        ("POST", r"/test/refunds/(\w+)/bounce", controls.bounce),
        ("GET", r"/pay/(\w+)", hosted.show),
        ("POST", r"/pay/(\w+)", hosted.choose),
        ("GET", r"/pay/(\w+)/bank", hosted.show_bank),
        ("POST", r"/pay/(\w+)/bank", hosted.answer_bank),
        ("GET", r"/save/(\w+)", hosted.show_saving),
        ("POST", r"/save/(\w+)", hosted.save),
        ("GET", r"/health", lambda provider, request: answer_json({"ok": True})),
        ("GET", r"/(sandbox\.css|icon\.svg)", lambda provider, request, name: pages.show_static(name)),
    )
]


def answer(provider: "Provider", request: Request) -> Response:
    """The answer to any request: JSON for programs, a page for people, also when it is a refusal."""
    is_for_programs = request.path.startswith(("/v1/", "/test/"))
    try:
        if is_for_programs:
            _check_key(provider, request)
        if provider.controls.unavailable and request.path.startswith(("/v1/", "/pay/", "/save/")):
            raise RefusalError(503, "unavailable", "We are having a short break. Please try again in a moment.")
        return _route(provider, request)
    except RefusalError as refusal:
        if is_for_programs:
            return answer_refusal(refusal)
        heading = "There is nothing here" if refusal.status == 404 else "That did not work"
        return pages.show_message(refusal.status, heading, refusal.message)


def _check_key(provider: "Provider", request: Request) -> None:
    expected = f"Bearer {provider.api_key}".encode()
    if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected):
        raise RefusalError(401, "bad_key", "The API key is missing or wrong.")


def _route(provider: "Provider", request: Request) -> Response:
    is_known = False
    for method, pattern, handler in ROUTES:
        if match := pattern.fullmatch(request.path):
            if method == request.method:
                return handler(provider, request, *match.groups())
            is_known = True
    if is_known:
        raise RefusalError(405, "wrong_method", "This address does not take that method.")
    raise RefusalError(404, "not_found", "Please go back and follow the link again.")


class SandboxServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], provider: "Provider") -> None:
        self.provider = provider
        super().__init__(address, Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A customer who closes the browser early is no fault; anything else still prints its trace."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    server: SandboxServer
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    sys_version = ""
    timeout = 30
    # Head and body leave in one packet; two would wait for each other (Nagle, delayed ACK).
    wbufsize = -1

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def log_message(self, *_: Any) -> None:
        """Quiet: the site's own log is the one people read."""

    def _respond(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal() or int(length) > LARGEST_BODY:
            # The body stays unread, so the connection cannot be used again.
            self.close_connection = True
            self._send(
                answer_refusal(RefusalError(413, "bad_length", "Send a body of at most 64 KB, with its length."))
            )
            return
        parts = urlsplit(self.path)
        request = Request(self.command, parts.path, parts.query, self.headers, self.rfile.read(int(length)))
        self._send(answer(self.server.provider, request))

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        headers = {
            "Content-Type": response.content_type,
            "Content-Length": str(len(response.body)),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            **response.headers,
        }
        for name, value in headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(response.body)
