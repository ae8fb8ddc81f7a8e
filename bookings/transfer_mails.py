"""What people hear by email about tickets that are passed on or offered back. Each function hears one outbox topic
and welcomes a repeat.
"""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from bookings.models import Resale, Ticket, Transfer
from bookings.tickets.calendar import render_received_calendar
from bookings.tickets.pdf import render_pages
from bookings.transfers import ON_TICKET, full_link, is_theirs
from notifications.services import Attachment, send_rendered, was_sent


def send_offer(*, transfer_id: int) -> None:
    """The link with which a ticket is accepted; nothing once it was accepted or taken back."""
    transfer = read_transfer(transfer_id)
    if not transfer.email or not transfer.is_open:
        return
    words = _(
        "The ticket is yours as soon as you accept it: you get a code of your own, and the one before it opens no "
        "door any more. It costs you nothing."
    )
    send(
        transfer.ticket,
        key=offer_key(transfer),
        recipient=transfer.email,
        subject=_("%(sender)s has a ticket for you: %(event)s")
        % {"sender": tidy(transfer.sender_name) or _("Somebody"), "event": title_of(transfer.ticket)},
        words=[words, _("You do not know what this is about? Then leave it: nothing happens without you.")],
        link=(transfer.offer_url, _("Accept the ticket")),
    )


def send_withdrawn(*, transfer_id: int) -> None:
    """To who was offered it by a mail that went out: there is nothing to accept any more."""
    transfer = read_transfer(transfer_id)
    if transfer.status != Transfer.Status.WITHDRAWN or not transfer.email or not was_sent(offer_key(transfer)):
        return
    ticket, event_session = transfer.ticket, transfer.ticket.event_session
    sender = tidy(transfer.sender_name) or _("Whoever sent it")
    if event_session.is_called_off:
        reason = _("This date was cancelled.")
    elif ticket.status == Ticket.Status.VOID:
        reason = _("The ticket was given back.")
    else:
        reason = _("%(sender)s keeps the ticket.") % {"sender": sender}
    send(
        ticket,
        key=f"transfer_withdrawn:{transfer.pk}",
        recipient=transfer.email,
        subject=_("Not offered to you any more: a ticket for %(event)s") % {"event": title_of(ticket)},
        words=[reason, _("The link that we sent you opens nothing any more. You need not do anything.")],
        link=(event_session.event.get_absolute_url(), _("See the event")),
    )


def offer_key(transfer: Transfer) -> str:
    return f"transfer_offered:{transfer.pk}"


def send_received(*, transfer_id: int) -> None:
    """The ticket itself, to who accepted it; nothing once they passed it on, or it became void."""
    transfer = read_transfer(transfer_id)
    if not is_theirs(transfer):
        return
    ticket = transfer.ticket
    send(
        ticket,
        key=f"transfer_received:{transfer.pk}",
        recipient=transfer.recipient_email,
        subject=_("Your ticket for %(event)s") % {"event": title_of(ticket)},
        name=transfer.name,
        words=[
            _("The ticket is yours. Show the code of the attached PDF on your phone or on paper."),
            _("The link opens your ticket without a password, so keep it to yourself."),
        ],
        link=(transfer.get_absolute_url(), _("Show the ticket")),
        attachments=attach_ticket(transfer),
    )


def attach_ticket(transfer: Transfer) -> list[Attachment]:
    """The recipient's ticket and calendar entry; needs what `read_transfer` loads."""
    return [
        Attachment("ticket.pdf", render_pages(transfer.ticket.booking, [transfer.ticket]), "application/pdf"),
        Attachment("ticket.ics", render_received_calendar(transfer), "text/calendar"),
    ]


def send_passed_on(*, transfer_id: int) -> None:
    """To whoever sent it: it was accepted, and their own code is worth nothing now."""
    transfer = read_transfer(transfer_id)
    if not transfer.sender_email or not transfer.is_accepted:
        return
    sent_by = transfer.sender
    words = _("%(name)s accepted your ticket. The code that you had opens no door any more.") % {"name": transfer.name}
    path = sent_by.get_absolute_url() if sent_by else transfer.ticket.booking.get_absolute_url()
    send(
        transfer.ticket,
        key=f"transfer_passed_on:{transfer.pk}",
        recipient=transfer.sender_email,
        subject=_("%(name)s has your ticket now") % {"name": tidy(transfer.name)},
        name=transfer.sender_name,
        words=[words],
        link=(path, _("Open your ticket") if sent_by else _("Open your booking")),
    )


def tell_recipients(*, booking_id: int, posting: str, item_ids: Collection[int]) -> None:
    """To those who have tickets of these items that somebody else paid for: they open no door any more."""
    void = Ticket.objects.filter(item__in=item_ids, status=Ticket.Status.VOID, transfer__isnull=False)
    for transfer_id in void.order_by("pk").values_list("transfer", flat=True):
        transfer = read_transfer(transfer_id)
        event_session = transfer.ticket.event_session
        reason = _("This date was cancelled.") if event_session.is_called_off else _("The ticket was cancelled.")
        words = _("The ticket that you were given opens no door any more. The money goes back to whoever paid for it.")
        send(
            transfer.ticket,
            key=f"transfer_void:{transfer.pk}",
            recipient=transfer.recipient_email,
            subject=_("Cancelled: your ticket for %(event)s") % {"event": title_of(transfer.ticket)},
            name=transfer.name,
            words=[reason, words],
            link=(event_session.event.get_absolute_url(), _("See the event")),
        )


def send_unsold(*, resale_id: int) -> None:
    """To the owner, at the doors: nobody bought it, so it is good again."""
    related = [name.removeprefix("ticket__") for name in ON_TICKET if name != "sender"]
    resale = Resale.objects.get(pk=resale_id)
    ticket = Ticket.objects.select_related(*related).get(pk=resale.ticket_id)
    booking = ticket.booking
    if not booking.email or ticket.status != Ticket.Status.VALID:
        return
    send(
        ticket,
        key=f"resale_unsold:{resale.pk}",
        recipient=booking.email,
        subject=_("Your ticket for %(event)s was not sold") % {"event": title_of(ticket)},
        name=booking.name,
        words=[_("Nobody bought it in time, so it is yours again: the same code opens the door.")],
        link=(booking.get_absolute_url(), _("Open your booking")),
    )


def read_transfer(transfer_id: int) -> Transfer:
    return Transfer.objects.select_related(*ON_TICKET).get(pk=transfer_id)


def title_of(ticket: Ticket) -> str:
    return tidy(ticket.event_session.event.title)


def tidy(text: str) -> str:
    """A line break would be refused in a header."""
    return " ".join(text.split())


def send(
    ticket: Ticket,
    *,
    key: str,
    recipient: str,
    subject: str,
    words: list[str],
    link: tuple[str, str],
    name: str = "",
    attachments: list[Attachment] | None = None,
) -> None:
    path, button = link
    context: dict[str, Any] = {
        "ticket": ticket,
        "words": words,
        "name": name,
        "link": full_link(path),
        "button": button,
    }
    send_rendered(
        template="bookings/mail/ticket",
        context=context,
        dedupe_key=key,
        kind=f"bookings.{key.partition(':')[0]}",
        recipient=recipient,
        subject=subject,
        attachments=attachments,
    )
