import secrets

# No 0/O, 1/I/L, 5/S, 8/B, 2/Z, U/V: people read these aloud.
READABLE = "ACDEFGHJKMNPQRTWXY3479"


def make_reference() -> str:
    return "".join(secrets.choice(READABLE) for _ in range(8))


def make_ticket_code() -> str:
    """About 53 random bits: typed at the gate, never guessed."""
    return "".join(secrets.choice(READABLE) for _ in range(12))


def make_access_key() -> str:
    return secrets.token_urlsafe(18)
