"""Stripe for tests: localstripe, a process of its own that the official SDK talks to, and what it lacks.

with run_stripe() as stripe:
    gateway = stripe.gateway
    stripe.pay(session_id, card=VISA)      # what the customer would do on the hosted page
    stripe.authenticate(intent_id, True)   # ... at their bank

In front of localstripe stands a small server. It answers Checkout Sessions, disputes and lists by time itself, in
the shapes Stripe documents; keeps idempotency keys; takes away parameters that localstripe does not know; and turns
localstripe's 3-D Secure into the redirect that Stripe answers to a `return_url`. Everything that was asked is in
`requests`.
"""

import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import stripe

from payments.gateways.stripe.gateway import StripeGateway
from tests.sandbox import wait_until

API_KEY, WEBHOOK_SECRET = "sk_test_houselights", "whsec_houselights"
VISA, DECLINED = "4242424242424242", "4000000000000341"
SECURE, SECURE_DECLINED, UNATTACHABLE = "4000002500003155", "4000008260003178", "4000000000000002"
UNKNOWN_TO_LOCALSTRIPE = re.compile(r"^(return_url|description|allowed_payment_method_types\b.*)$")
ADDRESSES = re.compile(r"^/v1/checkout/sessions(?:/(?P<id>\w+))?(?P<action>/expire)?$")
LISTS = ("/v1/payment_intents", "/v1/refunds")
SESSION_FIELDS = {
    "mode",
    "client_reference_id",
    "allowed_payment_method_types",
    "line_items",
    "payment_intent_data",
    "adaptive_pricing",
    "success_url",
    "cancel_url",
    "expires_at",
    "customer",
    "customer_creation",
    "customer_email",
}
KEEPS = "payment_intent_data[setup_future_usage]"
Answer = tuple[int, dict[str, Any]]


@dataclass
class Asked:
    method: str
    path: str
    form: dict[str, str]
    key: str = ""


@dataclass
class StripeStandIn:
    url: str
    behind: str
    requests: list[Asked] = field(default_factory=list)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    disputes: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: dict[str, tuple[dict[str, str], Answer]] = field(default_factory=dict)
    # What to answer next instead: a status and a body; and for addresses that end so, where they are named.
    failures: list[tuple[int, str]] = field(default_factory=list)
    failing: dict[str, tuple[int, str]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    page_size: int = 100

    @property
    def gateway(self) -> StripeGateway:
        return StripeGateway(api_key=API_KEY, webhook_secret=WEBHOOK_SECRET, api_url=self.url)

    def apply_to(self, settings: Any) -> None:
        settings.PAYMENT_GATEWAYS = ["stripe"]
        settings.STRIPE_API_KEY, settings.STRIPE_WEBHOOK_SECRET = API_KEY, WEBHOOK_SECRET
        settings.STRIPE_API_URL = self.url

    def asked(self, path: str) -> list[Asked]:
        return [each for each in self.requests if each.path == path and each.method == "POST"]

    # --- What people do ---------------------------------------------------------------------------
    def pay(self, session_id: str, card: str = VISA) -> dict[str, Any]:
        """Type a card into the hosted page; declined ones leave it open."""
        session = self.sessions[session_id]
        form = session["form"]
        prefix = "payment_intent_data[metadata]"
        metadata = {
            f"metadata{name.removeprefix(prefix)}": text for name, text in form.items() if name.startswith(prefix)
        }
        wanted = {
            "amount": str(session["amount_total"]),
            "currency": session["currency"],
            "payment_method": self.make_card(card),
        }
        if KEEPS in form:
            customer = {"email": form["customer_email"]}
            session["customer"] = wanted["customer"] = self.localstripe("POST", "/v1/customers", customer)[1]["id"]
        intent = self.localstripe("POST", "/v1/payment_intents", wanted | metadata)[1]
        intent = self.confirm(intent["id"])
        session["payment_intent"] = intent["id"]
        if intent["status"] == "succeeded":
            session |= {"status": "complete", "payment_status": "paid"}
        return session

    def confirm(self, intent_id: str) -> dict[str, Any]:
        self.localstripe("POST", f"/v1/payment_intents/{intent_id}/confirm")
        return self.localstripe("GET", f"/v1/payment_intents/{intent_id}")[1]

    def make_card(self, number: str) -> str:
        card = {"card[number]": number, "card[exp_month]": "12", "card[exp_year]": "2031", "card[cvc]": "123"}
        return self.localstripe("POST", "/v1/payment_methods", {"type": "card", **card})[1]["id"]

    def save_card(self, session_id: str, card: str = VISA) -> None:
        """Type a card into the page that keeps one."""
        session = self.sessions[session_id]
        setup = self.localstripe("POST", "/v1/setup_intents", {"customer": session["customer"]})[1]
        method = {"payment_method": self.make_card(card)}
        address = f"/v1/setup_intents/{setup['id']}/confirm"
        _status, answer = self.localstripe("POST", address, method)
        if answer.get("status") == "requires_action":
            self.localstripe("POST", address)  # The bank asked, and is content.
        session |= {"status": "complete", "setup_intent": setup["id"]}

    def authenticate(self, intent_id: str, success: bool) -> None:
        """Answer the bank's question."""
        intent = self.localstripe("GET", f"/v1/payment_intents/{intent_id}")[1]
        said = {"client_secret": intent["client_secret"], "success": str(success).lower()}
        self.localstripe("POST", f"/v1/payment_intents/{intent_id}/_authenticate", said)

    def dispute(self, intent_id: str, amount: int, status: str = "needs_response") -> dict[str, Any]:
        """The customer tells their bank that they know nothing of it."""
        dispute = {"id": f"dp_{next(self.numbers)}", "object": "dispute", "payment_intent": intent_id}
        dispute |= {"amount": amount, "currency": "eur", "status": status, "reason": "fraudulent"}
        dispute["created"] = int(time.time())
        self.disputes[dispute["id"]] = dispute
        return dispute

    # --- News -------------------------------------------------------------------------------------
    def send_webhooks_to(self, url: str) -> None:
        self.localstripe("POST", "/_config/webhooks/site", {"url": url, "secret": WEBHOOK_SECRET})

    def news(self, kind: str, thing: dict[str, Any], *, event_id: str = "") -> dict[str, Any]:
        """An event as Stripe sends it."""
        number = next(self.numbers)
        return {
            "id": event_id or f"evt_{number}",
            "object": "event",
            "type": kind,
            "created": 1_700_000_000 + number,
            "livemode": False,
            "data": {"object": thing},
        }

    # --- The server -------------------------------------------------------------------------------
    def answer(self, method: str, address: str, form: dict[str, str], key: str) -> Answer:
        path = urlsplit(address).path
        self.requests.append(Asked(method, path, form, key))
        if self.failures:
            status, text = self.failures.pop(0)
            return status, {"raw": text}
        for ending in [ending for ending in self.failing if path.endswith(ending)]:
            self._answer(method, address, form)  # It happens, and nobody hears of it.
            status, text = self.failing.pop(ending)
            return status, {"raw": text}
        if key and f"{path} {key}" in self.answers:
            form_then, answer_then = self.answers[f"{path} {key}"]
            return answer_then if form_then == form else refuse("idempotency_error", "Keys for idempotent requests …")
        answer = self._answer(method, address, form)
        if key and answer[0] < 500:
            self.answers[f"{path} {key}"] = (form, answer)
        return answer

    def _answer(self, method: str, address: str, form: dict[str, str]) -> Answer:
        path = urlsplit(address).path
        if found := ADDRESSES.match(path):
            return self._answer_session(found["id"], found["action"], address, form)
        if path == "/v1/disputes" or (path in LISTS and "created" in address):
            return self._answer_list(path, dict(parse_qsl(urlsplit(address).query)))
        known = {name: text for name, text in form.items() if not UNKNOWN_TO_LOCALSTRIPE.match(name)}
        status, body = self.localstripe(method, address, known)
        if (body.get("next_action") or {}).get("type") == "use_stripe_sdk" and "return_url" in form:
            bank = {"url": f"https://hooks.stripe.com/3d_secure/{body['id']}", "return_url": form["return_url"]}
            body["next_action"] = {"type": "redirect_to_url", "redirect_to_url": bank}
        return status, body

    def _answer_session(self, session_id: str | None, action: str | None, address: str, form: dict[str, str]) -> Answer:
        if session_id is None:
            return self._make_session(form)
        session = self.sessions.get(session_id)
        if session is None:
            return refuse("invalid_request_error", f"No such checkout.session: {session_id}", 404)
        if action:
            if session["status"] != "open":
                return refuse("invalid_request_error", "Only Checkout Sessions with a status in [open] can be expired.")
            session["status"], session["url"] = "expired", None
        shown = {name: value for name, value in session.items() if name != "form"}
        if "expand" in urlsplit(address).query and session["payment_intent"]:
            intent = self.localstripe("GET", f"/v1/payment_intents/{session['payment_intent']}")[1]
            shown["payment_intent"] = intent | {"setup_future_usage": session["form"].get(KEEPS)}
        return 200, shown

    def _answer_list(self, path: str, query: dict[str, str]) -> Answer:
        """Lists by time, which localstripe does not know; newest first, a page at a time."""
        if path == "/v1/disputes":
            rows = list(self.disputes.values())
        else:
            rows = self.localstripe("GET", f"{path}?limit=100000")[1]["data"]
        since, until = int(query["created[gte]"]), int(query["created[lt]"])
        rows = [row for row in reversed(rows) if since <= row["created"] < until]
        ids = [row["id"] for row in rows]
        start = ids.index(query["starting_after"]) + 1 if "starting_after" in query else 0
        end = start + min(int(query["limit"]), self.page_size)
        return 200, {"object": "list", "url": path, "data": rows[start:end], "has_more": end < len(rows)}

    def _make_session(self, form: dict[str, str]) -> Answer:
        names = {name.partition("[")[0] for name in form}
        if unknown := names - SESSION_FIELDS:
            return refuse("invalid_request_error", f"Received unknown parameters: {unknown}")
        price = "line_items[0][price_data]"
        is_payment = form["mode"] == "payment"
        session_id = f"cs_test_{next(self.numbers)}"
        self.sessions[session_id] = {
            "id": session_id,
            "object": "checkout.session",
            "mode": form["mode"],
            "status": "open",
            "payment_status": "unpaid" if is_payment else "no_payment_required",
            "amount_total": int(form[f"{price}[unit_amount]"]) if is_payment else None,
            "currency": form[f"{price}[currency]"] if is_payment else None,
            "client_reference_id": form.get("client_reference_id"),
            "customer": form.get("customer"),
            "customer_details": {"email": "alice@example.com"},
            "payment_intent": None,
            "setup_intent": None,
            "url": f"https://checkout.stripe.com/c/pay/{session_id}#" + "x" * 600,
            "form": form,
        }
        return self._answer_session(session_id, None, "", {})

    def localstripe(self, method: str, address: str, form: dict[str, str] | None = None) -> Answer:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(method, self.behind + address, data=form, auth=(API_KEY, ""), timeout=60)
        try:
            return answer.status_code, answer.json()
        except ValueError:
            return answer.status_code, {}


def refuse(kind: str, message: str, status: int = 400) -> Answer:
    return status, {"error": {"type": kind, "message": message}}


@contextmanager
def run_stripe() -> Iterator[StripeStandIn]:
    """Both servers on free ports, for as long as the block."""
    port = find_port()
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "localstripe", "--from-scratch", "--port", str(port)]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                wait_until(lambda: is_open(port), seconds=120)
                with run_front(f"http://127.0.0.1:{port}") as stand_in:
                    yield stand_in
            finally:
                process.terminate()


@contextmanager
def run_front(behind: str) -> Iterator[StripeStandIn]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            form = dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))
            key = self.headers.get("Idempotency-Key", "")
            if self.headers.get("Authorization") != f"Bearer {API_KEY}":
                status, body = refuse("invalid_request_error", "Invalid API Key provided: sk_test_*****", 401)
            else:
                status, body = stand_in.answer(self.command, self.path, form, key)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body["raw"].encode() if "raw" in body else json.dumps(body).encode())

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in = StripeStandIn(f"http://127.0.0.1:{server.server_port}", behind)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def sign(event: dict[str, Any] | bytes, secret: str = WEBHOOK_SECRET, stamp: int | None = None) -> tuple[bytes, str]:
    """The body and its header, as Stripe documents the signature."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return body, stripe.WebhookSignature.generate_signature_header(body.decode(), secret, stamp)
