from bookings.admin import blocks, bookings, places, promo_codes, publishing, tickets  # noqa: F401 (register their models)
