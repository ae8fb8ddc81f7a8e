"""What staff must look at: mailed to ADMIN_EMAILS by the worker, never inside a transaction."""

from django.core.mail import mail_admins

from ticketing.outbox.services import publish

TOPIC = "notifications.alarm"


def raise_alarm(what: str, **ids: object) -> None:
    """Tell the administrators in the caller's transaction; the ids say which rows, and nothing personal."""
    publish(TOPIC, what=what, ids={name: str(value) for name, value in ids.items()})


def mail_alarm(what: str, ids: dict[str, str]) -> None:
    """Outbox handler."""
    mail_admins(what, "\n".join([what, "", *(f"{name}: {value}" for name, value in ids.items())]))
