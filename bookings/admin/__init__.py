from bookings.admin import bookings, places, publishing, tickets  # noqa: F401 (register their models)
