"""How we tell that two bookings are one person's."""


def email_key(email: str) -> str:
    """“Ana.Ruiz+opera@Example.com” -> “ana.ruiz@example.com”: the same mailbox, however it is written."""
    mailbox, _at, domain = email.strip().casefold().rpartition("@")
    return f"{mailbox.split('+')[0]}@{domain}" if mailbox else ""
