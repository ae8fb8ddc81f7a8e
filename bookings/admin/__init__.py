from bookings.admin import blocks, bookings, places, publishing, tickets  # noqa: F401 (register their models)
