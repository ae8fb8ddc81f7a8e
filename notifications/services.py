"""Sending messages to people, once each.

A mail server and a database cannot commit together, so one of two faults must be possible when a
worker dies between the server's answer and our note of it: a mail too many or a mail too few. We
choose the mail too many, because a ticket that never comes costs someone their evening. What was
noted as sent is never sent again, two workers never send at the same time, and the mail carries the
same Message-ID each time, so that most mail programs show a repeat only once.
"""

import hashlib
import logging
from email.utils import parseaddr
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any, NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone

from notifications.errors import NotSentError, SendingElsewhereError
from notifications.locks import claim_notification
from notifications.models import Notification

logger = logging.getLogger(__name__)


class Attachment(NamedTuple):
    name: str
    content: bytes
    mime: str


def send_email(
    *,
    dedupe_key: str,
    kind: str,
    recipient: str,
    subject: str,
    text: str,
    html: str = "",
    attachments: list[Attachment] | None = None,
    about: str = "",
) -> None:
    """Send one mail, or do nothing when the key was sent before. Never call it in a transaction.

    Raises NotSentError when the server fails and SendingElsewhereError when another worker is at it;
    the outbox tries again after either. An address that the server refuses for good is only noted:
    no repeat would help.
    """
    notification, _ = Notification.objects.get_or_create(
        dedupe_key=dedupe_key, defaults={"kind": kind, "recipient": recipient, "subject": subject[:200], "about": about}
    )
    if notification.status == Notification.Status.SENT:
        return
    if not claim_notification(notification.pk, now=timezone.now()):
        notification.refresh_from_db()
        if notification.status == Notification.Status.SENT:
            return
        raise SendingElsewhereError
    mail = EmailMultiAlternatives(subject, text, to=[recipient], headers=make_headers(dedupe_key))
    if html:
        mail.attach_alternative(html, "text/html")
    for attachment in attachments or []:
        mail.attach(*attachment)
    deliver(notification, mail)


def was_sent(dedupe_key: str) -> bool:
    """Whether this mail went out. Raises SendingElsewhereError while a worker is at it, for the outbox to ask again."""
    notification = Notification.objects.filter(dedupe_key=dedupe_key).first()
    if notification is None or notification.status == Notification.Status.SENT:
        return notification is not None
    if notification.claimed_until is not None and notification.claimed_until > timezone.now():
        raise SendingElsewhereError
    return False


def send_rendered(
    *,
    template: str,
    context: dict[str, Any],
    dedupe_key: str,
    kind: str,
    recipient: str,
    subject: str,
    attachments: list[Attachment] | None = None,
    about: str = "",
) -> None:
    """`send_email` with what `template`.txt and .html make of the context, and of what every layout needs."""
    context = {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, "subject": subject} | context
    send_email(
        dedupe_key=dedupe_key,
        kind=kind,
        recipient=recipient,
        subject=subject,
        text=render_to_string(f"{template}.txt", context),
        html=render_to_string(f"{template}.html", context),
        attachments=attachments,
        about=about,
    )


def deliver(notification: Notification, mail: EmailMultiAlternatives) -> None:
    try:
        mail.send()
    except Exception as failure:  # Each mail backend has its own family of errors.
        note_failure(notification, failure)
        if not is_refused_for_good(failure):
            # Without the cause: its text may hold the address, and the outbox logs what it catches.
            raise NotSentError(reason=notification.error) from None
    else:
        notification.status = Notification.Status.SENT
        notification.error = ""
        notification.sent_at = timezone.now()
        notification.save(update_fields=["status", "error", "sent_at"])


def note_failure(notification: Notification, failure: Exception) -> None:
    notification.status = Notification.Status.FAILED
    notification.error = describe(failure)
    notification.claimed_until = None
    notification.save(update_fields=["status", "error", "claimed_until"])
    logger.warning("notification failed", extra={"notification_id": notification.pk, "reason": notification.error})


def describe(failure: Exception) -> str:
    """The kind of failure and the server's codes; never its words, which may quote the address."""
    if isinstance(failure, SMTPResponseException):
        codes = [failure.smtp_code]
    elif isinstance(failure, SMTPRecipientsRefused):
        codes = [code for code, _ in failure.recipients.values()]
    else:
        codes = []
    return " ".join([type(failure).__name__, *map(str, codes)])


def is_refused_for_good(failure: Exception) -> bool:
    """The server answered 5xx for the recipient (RFC 5321): the address is wrong and stays wrong."""
    if not isinstance(failure, SMTPRecipientsRefused):
        return False
    return all(code >= 500 for code, _ in failure.recipients.values())


def make_headers(dedupe_key: str) -> dict[str, str]:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    digest = hashlib.sha256(f"{settings.SECRET_KEY}:{dedupe_key}".encode()).hexdigest()[:32]
    # Auto-Submitted (RFC 3834) keeps holiday replies away.
    return {"Message-ID": f"<{digest}@{domain}>", "Auto-Submitted": "auto-generated"}
