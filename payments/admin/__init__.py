from payments.admin import bookings, payments, provider_events, refunds  # noqa: F401 (register their models)
