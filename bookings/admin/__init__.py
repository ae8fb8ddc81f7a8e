from bookings.admin import blocks, bookings, places, promo_codes, publishing, tickets, waiting_list  # noqa: F401 (register their models)
