from payments.admin import (  # noqa: F401 (register their models)
    bookings,
    disputes,
    gateways,
    ledger,
    payments,
    provider_events,
    receipts,
    reconciliation,
    refunds,
    settlements,
    vouchers,
)
