"""The back office's menu, in the order an organiser thinks; people see only what they may open."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# Title of the group, then (label, app_label.model, icon) of each entry.
GROUPS = [
    (
        _("Events"),
        [
            (_("Events"), "events.event", "theater_comedy"),
            (_("Sessions"), "events.eventsession", "event"),
            (_("Waiting rooms"), "waitingroom.queue", "hourglass_top"),
            (_("Waiting lists"), "bookings.waitingentry", "playlist_add_check"),
            (_("Moved dates"), "bookings.rescheduling", "event_repeat"),
            (_("Cancelled dates"), "payments.calloff", "event_busy"),
            (_("Event types"), "events.eventtype", "category"),
            (_("Ticket types"), "events.tickettype", "style"),
            (_("Tags"), "events.tag", "sell"),
        ],
    ),
    (
        _("Venues"),
        [
            (_("Venues"), "venues.venue", "location_on"),
            (_("Halls"), "venues.hall", "meeting_room"),
            (_("Seating plans"), "venues.seatingplan", "event_seat"),
        ],
    ),
    (
        _("Sales"),
        [
            (_("Bookings"), "bookings.booking", "shopping_bag"),
            (_("Tickets"), "bookings.ticket", "confirmation_number"),
            (_("Blocks"), "bookings.block", "block"),
            (_("Promo codes"), "promotions.promocode", "percent"),
        ],
    ),
    (
        _("Money"),
        [
            (_("Payments"), "payments.payment", "payments"),
            (_("Refunds"), "payments.refund", "undo"),
            (_("Credit"), "payments.voucher", "redeem"),
            (_("Gift vouchers"), "payments.giftvoucher", "featured_seasonal_and_gifts"),
            (_("Receipts"), "payments.receipt", "receipt_long"),
            (_("Chargebacks"), "payments.dispute", "gavel"),
            (_("Discrepancies"), "payments.discrepancy", "difference"),
            (_("Reconciliations"), "payments.reconciliation", "compare_arrows"),
            (_("Settlements"), "payments.settlement", "balance"),
            (_("Ledger"), "payments.ledgerentry", "account_balance"),
            (_("Payment gateways"), "payments.gatewaystatus", "credit_card"),
            (_("Provider events"), "payments.providerevent", "webhook"),
        ],
    ),
    (_("Gate"), [(_("Scans"), "scanner.scan", "qr_code_scanner")]),
    (
        _("People"),
        [
            (_("Users"), "accounts.user", "person"),
            (_("Roles"), "auth.group", "groups"),
            (_("Email addresses"), "account.emailaddress", "alternate_email"),
            (_("Second factors"), "mfa.authenticator", "key"),
        ],
    ),
    (
        _("System"),
        [
            (_("Notifications"), "notifications.notification", "mail"),
            (_("Outbox"), "outbox.message", "outbox"),
            (_("Scheduled tasks"), "django_celery_beat.periodictask", "schedule"),
        ],
    ),
]


def list_navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's sidebar: groups with at least one entry this person may view."""
    overview = {"title": _("Overview"), "icon": "dashboard", "link": reverse("admin:index")}
    groups: list[dict[str, Any]] = [{"items": [overview]}]
    for title, entries in GROUPS:
        items = [
            {"title": label, "icon": icon, "link": reverse(f"admin:{name.replace('.', '_')}_changelist")}
            for label, name, icon in entries
            if may_view(request, name)
        ]
        if items:
            groups.append({"title": title, "items": items})
    return groups


def may_view(request: HttpRequest, name: str) -> bool:
    app_label, model = name.split(".")
    return any(request.user.has_perm(f"{app_label}.{verb}_{model}") for verb in ("view", "change"))
