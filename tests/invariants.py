"""Everything that must hold at any moment, of places and of money."""

from bookings import invariants as inventory
from payments import invariants as money


def find_breaches() -> list[str]:
    """One sentence a breach."""
    return [*inventory.find_breaches(), *money.find_breaches()]
