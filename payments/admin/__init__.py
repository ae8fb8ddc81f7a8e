from payments.admin import bookings, gateways, ledger, payments, provider_events, receipts, refunds  # noqa: F401 (register their models)
