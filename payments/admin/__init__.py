from payments.admin import (  # noqa: F401 (register their models)
    bookings,
    gateways,
    ledger,
    payments,
    provider_events,
    receipts,
    refunds,
    settlements,
    vouchers,
)
