"""What tests and drills may turn, with the API key: no real provider has these paths."""

from typing import TYPE_CHECKING, Any

from payments.sandbox.disputes import STATUSES
from payments.sandbox.events import WEBHOOK_MODES, list_events
from payments.sandbox.web import RefusalError, Request, Response, answer_json

if TYPE_CHECKING:
    from payments.sandbox.provider import Provider


def show_settings(provider: "Provider", request: Request) -> Response:
    controls = provider.controls
    return answer_json(
        {
            "webhooks": controls.webhooks,
            "webhook_url": controls.webhook_url,
            "fail_refunds": controls.fail_refunds,
            "unavailable": controls.unavailable,
            "slow_seconds": controls.slow_seconds,
        }
    )


def change_settings(provider: "Provider", request: Request) -> Response:
    """Takes any of the settings; all are checked before one is changed."""
    wanted = request.read_json()
    for name, value in wanted.items():
        if not _is_fit(name, value):
            raise RefusalError(422, "bad_setting", f"{name} cannot be set to that.")
    for name, value in wanted.items():
        setattr(provider.controls, name, value)
    return show_settings(provider, request)


def show_events(provider: "Provider", request: Request) -> Response:
    with provider.store.transaction() as db:
        events = list_events(db, request.read_query().get("payment", ""))
    return answer_json({"events": events})


def deliver(provider: "Provider", request: Request) -> Response:
    """Deliver the named events once each and in this order; without names, all that are held."""
    event_ids = request.read_json().get("events")
    if event_ids is not None and not (isinstance(event_ids, list) and all(isinstance(name, str) for name in event_ids)):
        raise RefusalError(422, "bad_events", "events has to be a list of event ids.")
    return answer_json({"deliveries": provider.courier.deliver_now(event_ids)})


def pay(provider: "Provider", request: Request, payment_id: str) -> Response:
    """Do what a customer would on the page: outcome "paid" (default), "declined", "slow" or "late"."""
    outcome = request.read_json().get("outcome", "paid")
    if outcome in {"paid", "late"}:
        return answer_json(provider.payments.pay(payment_id, is_late=outcome == "late"))
    if outcome == "declined":
        return answer_json(provider.payments.decline(payment_id, "card_declined"))
    if outcome == "slow":
        return answer_json(provider.payments.delay(payment_id))
    raise RefusalError(422, "bad_outcome", "outcome is paid, declined, slow or late.")


def dispute(provider: "Provider", request: Request, payment_id: str) -> Response:
    """Have the customer's bank ask ("inquiry"), take the money ("open"), and decide ("won" by us, or "lost")."""
    facts = request.read_json()
    status, reason = facts.get("status", "open"), facts.get("reason", "fraudulent")
    if status not in STATUSES or not isinstance(reason, str):
        raise RefusalError(422, "bad_status", f"status is one of {', '.join(STATUSES)}.")
    return answer_json(provider.disputes.put(payment_id, status=status, reason=reason))


def bounce(provider: "Provider", request: Request, refund_id: str) -> Response:
    """A refund comes back, days after it had succeeded."""
    return answer_json(provider.refunds.bounce(refund_id))


def _is_fit(name: str, value: Any) -> bool:
    if name == "webhooks":
        return value in WEBHOOK_MODES
    if name == "webhook_url":
        return isinstance(value, str) and (not value or value.startswith(("http://", "https://")))
    if name == "unavailable":
        return isinstance(value, bool)
    if name == "fail_refunds":
        return isinstance(value, int) and value >= 0
    return name == "slow_seconds" and isinstance(value, int | float) and value >= 0
