from bookings.admin import (  # noqa: F401 (register their models)
    blocks,
    bookings,
    places,
    promo_codes,
    publishing,
    tickets,
    transfers,
    waiting_list,
)
