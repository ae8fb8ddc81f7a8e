from payments.admin import bookings, gateways, ledger, payments, provider_events, refunds  # noqa: F401 (register their models)
