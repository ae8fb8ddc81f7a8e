"""What the provider says and does, and what strangers say in its name."""

import json
import time
from decimal import Decimal

from payments.sandbox.courier import sign
from tests.sandbox import WEBHOOK_SECRET
from tests.world.ground import Ground, pick

NEXT_OF_DISPUTE = {"": ["open", "inquiry"], "inquiry": ["open", "won"], "open": ["lost", "won"], "won": [], "lost": []}


class AtTheProvider(Ground):
    def deliver(self, customer: int, which: int) -> None:
        """Any event in any order, also again."""
        if event := pick(self.provider.rows("event")[::-1], which):
            assert self.provider.tell(event["body"].encode()).status_code == 204
            self.received.add(event["id"])

    def forge(self, customer: int, which: int) -> None:
        """Nothing that the provider did not sign lately, and as a whole, is even kept."""
        if event := pick(self.provider.rows("event")[::-1], which):
            body = event["body"].encode()
            old = sign(WEBHOOK_SECRET, body, time.time() - 24 * 3600)
            now = sign(WEBHOOK_SECRET, body, time.time())
            forgeries = [(body[:-9], now), (body.replace(b"4", b"1"), now), (body, old), (body, ""), (b"", now)]
            forged, signature = forgeries[customer % len(forgeries)]
            assert self.provider.tell(forged, signature=signature).status_code == 400

    def tell_of_something_else(self, customer: int, which: int) -> None:
        """Signed news of a kind, or about a payment, that is not ours to know."""
        facts = {"id": "pay_of_nobody", "status": "paid", "last_error": "", "amount": 4500, "currency": "EUR"}
        news = (
            ("settlement.created", {}),
            ("payment.succeeded", {"payment": facts | {"reference": "a shop of someone else"}}),
        )
        kind, data = news[which % len(news)]
        body = json.dumps({"id": f"evt_{kind}_{customer}", "type": kind, "data": data})
        assert self.provider.tell(body.encode()).status_code == 204

    def dispute(self, customer: int, which: int) -> None:
        """A customer's bank asks, takes the money, decides; never back again."""
        paid = [row["id"] for row in reversed(self.provider.rows("payment")) if row["status"] == "paid"]
        if page := pick(paid, which):
            known = {row["payment_id"]: row["status"] for row in self.provider.rows("dispute")}
            if status := pick(NEXT_OF_DISPUTE[known.get(page, "")], customer):
                self.provider.disputes.put(page, status=status, reason="fraudulent")

    def fail_a_refund(self, customer: int, which: int) -> None:
        self.provider.controls.fail_refunds += 1

    def bounce(self, customer: int, which: int) -> None:
        """The customer's bank sends back what had arrived."""
        given = [row["id"] for row in reversed(self.provider.rows("refund")) if row["status"] == "succeeded"]
        if refund_id := pick(given, which):
            self.provider.refunds.bounce(refund_id)

    def pay_otherwise(self, customer: int, which: int) -> None:
        """Another sum than was asked for."""
        if page := pick([row["id"] for row in reversed(self.provider.rows("payment"))], which):
            with self.provider.store.transaction() as db:
                more = (-100, 250)[customer % 2]
                db.execute("UPDATE payment SET amount = amount + ? WHERE id = ? AND status = 'open'", (more, page))
            self.provider.payments.pay(page)

    def go_down(self, customer: int, which: int) -> None:
        self.provider.controls.unavailable = True

    def come_up(self, customer: int, which: int) -> None:
        self.provider.controls.unavailable = False

    def sums_paid(self) -> dict[str | None, Decimal]:
        """What the provider took, payment by payment."""
        rows = [row for row in self.provider.rows("payment") if row["status"] == "paid"]
        return {row["id"]: Decimal(row["amount"]) / 100 for row in rows}

    def sums_held_by_banks(self) -> dict[str | None, Decimal]:
        rows = [row for row in self.provider.rows("dispute") if row["status"] in {"open", "lost"}]
        return {row["payment_id"]: Decimal(row["amount"]) / 100 for row in rows}

    def sums_given_back(self) -> dict[str | None, Decimal]:
        """What the provider gave back of each payment."""
        given: dict[str | None, Decimal] = {}
        for row in self.provider.rows("refund"):
            if row["status"] == "succeeded":
                given[row["payment_id"]] = given.get(row["payment_id"], Decimal(0)) + Decimal(row["amount"]) / 100
        return given
