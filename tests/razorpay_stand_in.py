"""Razorpay for tests: a small server that answers the official SDK in the shapes Razorpay documents.

with run_razorpay() as razorpay:
    gateway = razorpay.gateway
    razorpay.pay(link_id)                  # what the customer would do on the hosted page
    body, headers = sign(razorpay.news("payment_link.paid", link_id))

Everything that was asked is in `requests`.
"""

import base64
import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from payments.gateways.razorpay.gateway import RazorpayGateway

KEY_ID, KEY_SECRET, WEBHOOK_SECRET = "rzp_test_houselights", "key-secret", "webhook-secret"
AUTHORIZATION = "Basic " + base64.b64encode(f"{KEY_ID}:{KEY_SECRET}".encode()).decode()
Facts = dict[str, Any]


class RefusalError(Exception):
    def __init__(self, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.status = status


@dataclass
class Asked:
    method: str
    path: str
    body: Facts
    key: str = ""


@dataclass
class RazorpayStandIn:
    url: str = ""
    links: dict[str, Facts] = field(default_factory=dict)
    payments: dict[str, Facts] = field(default_factory=dict)
    refunds: dict[str, Facts] = field(default_factory=dict)
    disputes: dict[str, Facts] = field(default_factory=dict)
    keys: dict[str, tuple[Facts, str]] = field(default_factory=dict)
    requests: list[Asked] = field(default_factory=list)
    # What to answer next instead: a status and a body.
    failures: list[tuple[int, str]] = field(default_factory=list)
    # The lists' filter by reference is documented; accounts are known where it finds nothing.
    heeds_filter: bool = True
    refund_status: str = "processed"
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def gateway(self) -> RazorpayGateway:
        return RazorpayGateway(api_url=self.url, key_id=KEY_ID, key_secret=KEY_SECRET, webhook_secret=WEBHOOK_SECRET)

    def apply_to(self, settings: Any) -> None:
        settings.PAYMENT_GATEWAYS = ["razorpay"]
        settings.RAZORPAY_API_URL, settings.RAZORPAY_KEY_ID = self.url, KEY_ID
        settings.RAZORPAY_KEY_SECRET, settings.RAZORPAY_WEBHOOK_SECRET = KEY_SECRET, WEBHOOK_SECRET

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{next(self.numbers):014d}"

    # --- What customers do on the page -------------------------------------------------------------

    def attempt(self, link_id: str, status: str, *, method: str = "upi", amount: int | None = None) -> Facts:
        """A payment on the link, which counts it only while it is open."""
        link = self.links[link_id]
        link["order_id"] = link.get("order_id") or self.new_id("order")
        payment = {
            "id": self.new_id("pay"),
            "entity": "payment",
            "amount": amount or link["amount"],
            "currency": link["currency"],
            "status": status,
            "order_id": link["order_id"],
            "method": method,
            "captured": status == "captured",
            "description": f"#{link_id.removeprefix('plink_')}",
            "email": "gaurav.kumar@example.com",
            "contact": "+919000090000",
            "notes": [],
            "error_code": "BAD_REQUEST_ERROR" if status == "failed" else None,
            "created_at": int(time.time()) + len(self.payments),
        }
        self.payments[payment["id"]] = payment
        self._count(link, payment)
        return payment

    def _count(self, link: Facts, payment: Facts) -> None:
        if link["status"] not in {"created", "partially_paid"} or payment["status"] not in {"captured", "failed"}:
            return
        told = {name: payment[name] for name in ("amount", "created_at", "method", "status")}
        link["payments"] = [*(link["payments"] or []), {"payment_id": payment["id"], **told}]
        if payment["status"] == "captured":
            link["amount_paid"] += payment["amount"]
            link["status"] = "paid" if link["amount_paid"] >= link["amount"] else "partially_paid"

    def pay(self, link_id: str, **how: Any) -> Facts:
        return self.attempt(link_id, "captured", **how)

    def capture(self, payment_id: str) -> None:
        """Money that was on its way arrives."""
        payment = self.payments[payment_id]
        payment |= {"status": "captured", "captured": True}
        for link in self.links.values():
            if link.get("order_id") == payment["order_id"]:
                self._count(link, payment)

    def dispute(self, payment_id: str, status: str = "open", **changes: Any) -> Facts:
        """The customer tells their bank that they know nothing of it."""
        payment = self.payments[payment_id]
        dispute = {"id": self.new_id("disp"), "entity": "dispute", "payment_id": payment_id, "status": status}
        dispute |= {"amount": payment["amount"], "currency": payment["currency"], "amount_deducted": 0}
        dispute |= {"reason_code": "chargeback", "phase": "chargeback", "created_at": int(time.time()), **changes}
        self.disputes[dispute["id"]] = dispute
        return dispute

    def expire(self, link_id: str) -> None:
        self.links[link_id] |= {"status": "expired", "expired_at": int(time.time())}

    def news(self, kind: str, link_id: str = "", **entities: Facts) -> Facts:
        """An event as Razorpay tells it, of what is so at this moment."""
        if link_id:
            entities = {"payment_link": self.links[link_id], **entities}
        return {
            "entity": "event",
            "account_id": "acc_houselights",
            "event": kind,
            "contains": list(entities),
            "payload": {name: {"entity": dict(facts)} for name, facts in entities.items()},
            "created_at": int(time.time()),
        }

    # --- What the API answers ----------------------------------------------------------------------

    def answer(self, asked: Asked, query: Facts) -> Facts:
        for pattern, name in ROUTES:
            if match := re.fullmatch(pattern, f"{asked.method} {asked.path}"):
                return getattr(self, name)(asked, query, *match.groups())
        raise RefusalError("The requested URL was not found on the server.", 404)

    def create_link(self, asked: Asked, query: Facts) -> Facts:
        wanted = asked.body
        if wanted["amount"] < 100:
            raise RefusalError("amount: amount should be minimum 1.00 for INR.")
        if wanted["expire_by"] < time.time() + 15 * 60:
            raise RefusalError("expire_by: timestamp should be atleast 15 minutes in future")
        if len(wanted["reference_id"]) > 40:
            raise RefusalError("reference_id: the length must be no more than 40.")
        if any(link["reference_id"] == wanted["reference_id"] for link in self.links.values()):
            raise RefusalError(
                f"payment link with given reference_id: {wanted['reference_id']} already exists. "
                "Please create a payment link with a different reference_id"
            )
        link_id = self.new_id("plink")
        times = {"created_at": int(time.time()), "cancelled_at": 0, "expired_at": 0}
        shown = {name: value for name, value in wanted.items() if name != "options"}
        link = {"id": link_id, **shown, **times, "amount_paid": 0, "notes": None, "payments": None, "status": "created"}
        self.links[link_id] = link | {"short_url": f"https://rzp.io/i/{link_id[-7:]}"}
        return self.links[link_id]

    def list_links(self, asked: Asked, query: Facts) -> Facts:
        links = list(reversed(self.links.values()))
        if reference := query.get("reference_id"):
            links = [each for each in links if self.heeds_filter and each["reference_id"] == reference]
        return {"payment_links": links[: int(query.get("count", 10))]}

    def get_link(self, asked: Asked, query: Facts, link_id: str) -> Facts:
        if link_id not in self.links:
            raise RefusalError("", 404)
        return self.links[link_id]

    def cancel_link(self, asked: Asked, query: Facts, link_id: str) -> Facts:
        link = self.get_link(asked, query, link_id)
        if link["status"] != "created":
            raise RefusalError(f"Payment Link in {link['status']} state cannot be cancelled")
        return link.update({"status": "cancelled", "cancelled_at": int(time.time())}) or link

    def list_tries(self, asked: Asked, query: Facts, order_id: str) -> Facts:
        return collection(each for each in self.payments.values() if each["order_id"] == order_id)

    def list_payments(self, asked: Asked, query: Facts) -> Facts:
        return page_of(self.payments, query)

    def get_payment(self, asked: Asked, query: Facts, payment_id: str) -> Facts:
        if payment_id not in self.payments:
            raise RefusalError("The id provided does not exist")
        return self.payments[payment_id]

    def list_all_refunds(self, asked: Asked, query: Facts) -> Facts:
        return page_of(self.refunds, query)

    def list_disputes(self, asked: Asked, query: Facts) -> Facts:
        return page_of(self.disputes, query)

    def list_refunds(self, asked: Asked, query: Facts, payment_id: str) -> Facts:
        return collection(each for each in self.refunds.values() if each["payment_id"] == payment_id)

    def create_refund(self, asked: Asked, query: Facts, payment_id: str) -> Facts:
        body = json.dumps(asked.body)
        if asked.key in self.keys:
            refund, first_body = self.keys[asked.key]
            if body != first_body:
                raise RefusalError("Different request with the same idempotency key")
            return refund
        payment = self.payments[payment_id]
        made = [each for each in self.refunds.values() if each["payment_id"] == payment_id]
        given = sum(each["amount"] for each in made if each["status"] != "failed")
        if given + asked.body["amount"] > payment["amount"]:
            raise RefusalError("The total refund amount is greater than the refund payment amount")
        refund_id = self.new_id("rfnd")
        about = {"entity": "refund", "payment_id": payment_id, "currency": payment["currency"]}
        wanted = {name: asked.body[name] for name in ("amount", "receipt", "notes")}
        times = {"created_at": int(time.time())}
        self.refunds[refund_id] = {"id": refund_id, **about, **wanted, **times, "status": self.refund_status}
        if re.fullmatch(r"[\w-]{10,}", asked.key, re.ASCII):
            self.keys[asked.key] = (self.refunds[refund_id], body)
        return self.refunds[refund_id]

    def get_refund(self, asked: Asked, query: Facts, refund_id: str) -> Facts:
        if refund_id not in self.refunds:
            raise RefusalError("The id provided does not exist")
        return self.refunds[refund_id]


ROUTES = [
    (r"POST /v1/payment_links", "create_link"),
    (r"GET /v1/payment_links", "list_links"),
    (r"GET /v1/payment_links/([^/]+)", "get_link"),
    (r"POST /v1/payment_links/([^/]+)/cancel", "cancel_link"),
    (r"GET /v1/orders/([^/]+)/payments", "list_tries"),
    (r"GET /v1/payments", "list_payments"),
    (r"GET /v1/payments/([^/]+)", "get_payment"),
    (r"GET /v1/refunds", "list_all_refunds"),
    (r"GET /v1/disputes", "list_disputes"),
    (r"GET /v1/payments/([^/]+)/refunds", "list_refunds"),
    (r"POST /v1/payments/([^/]+)/refund", "create_refund"),
    (r"GET /v1/refunds/([^/]+)", "get_refund"),
]


def collection(items: Any) -> Facts:
    items = list(items)
    return {"entity": "collection", "count": len(items), "items": items}


def page_of(rows: dict[str, Facts], query: Facts) -> Facts:
    """Newest first, of the span asked for, so many after the ones skipped."""
    since, until = int(query.get("from", 0)), int(query.get("to", 10**12))
    fitting = [row for row in reversed(rows.values()) if since <= row["created_at"] <= until]
    skip = int(query.get("skip", 0))
    return collection(fitting[skip : skip + int(query.get("count", 10))])


def sign(event: Facts, *, secret: str = WEBHOOK_SECRET, event_id: str = "") -> tuple[bytes, dict[str, str]]:
    """An event as it is delivered: the raw body and its headers."""
    body = json.dumps(event).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return body, {"X-Razorpay-Signature": signature, "X-Razorpay-Event-Id": event_id or f"evt{signature[:11]}"}


@contextmanager
def run_razorpay() -> Iterator[RazorpayStandIn]:
    stand_in = RazorpayStandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length) or b"{}")
            parts = urlsplit(self.path)
            asked = Asked(self.command, parts.path, body, self.headers.get("X-Refund-Idempotency", ""))
            stand_in.requests.append(asked)
            status, text = self.respond(asked, dict(parse_qsl(parts.query)))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def do_GET(self) -> None:
            self.do_POST()

        def respond(self, asked: Asked, query: Facts) -> tuple[int, str]:
            if stand_in.failures:
                return stand_in.failures.pop(0)
            try:
                if self.headers.get("Authorization") != AUTHORIZATION:
                    raise RefusalError("Authentication failed", 401)
                return 200, json.dumps(stand_in.answer(asked, query))
            except RefusalError as refusal:
                # The code is the same for all of them, as in life.
                error = {"code": "BAD_REQUEST_ERROR", "description": str(refusal), "source": "business"}
                return refusal.status, json.dumps({"error": error})

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
