from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ticketing.outbox.registry import subscribe


class BookingsConfig(AppConfig):
    name = "bookings"
    verbose_name = _("Bookings")

    def ready(self) -> None:
        from bookings import code_mails, mails, transfer_mails, waiting_mails  # noqa: PLC0415 - models exist only now
        from bookings.services import offering  # noqa: PLC0415
        from bookings.services.slots import free_slots  # noqa: PLC0415

        subscribe("bookings.confirmed", mails.send_confirmation)
        subscribe("bookings.confirmed", free_slots)
        subscribe("bookings.resolved_late", mails.send_late_outcome)
        subscribe("bookings.tickets_wanted", mails.send_confirmation)
        subscribe("bookings.link_wanted", mails.send_link)
        subscribe("bookings.email_code_wanted", code_mails.send_code)
        subscribe("bookings.ticket_offered", transfer_mails.send_offer)
        subscribe("bookings.ticket_offer_withdrawn", transfer_mails.send_withdrawn)
        subscribe("bookings.ticket_accepted", transfer_mails.send_received)
        subscribe("bookings.ticket_accepted", transfer_mails.send_passed_on)
        subscribe("bookings.ticket_unsold", transfer_mails.send_unsold)
        subscribe("bookings.tickets_offered", offering.serve_after_cancelling)
        for topic in ("bookings.cancelled", "bookings.tickets_cancelled"):
            subscribe(topic, offering.serve_after_cancelling)
        subscribe("bookings.waiting_list_moved", offering.serve_after_move)
        subscribe("bookings.resolved_late", offering.settle_late)
        subscribe("bookings.waiting_list_joined", waiting_mails.send_joined)
        subscribe("bookings.waiting_list_offered", waiting_mails.send_offered)
        subscribe("bookings.waiting_list_missed", waiting_mails.send_missed)
        subscribe("bookings.waiting_list_closed", waiting_mails.send_closed)
        subscribe("bookings.waiting_list_link_wanted", waiting_mails.send_link_again)
