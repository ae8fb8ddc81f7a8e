from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = _("Payments")

    def ready(self) -> None:
        # Handlers touch models, which exist only from here on.
        from payments.receipts.checks import check_receipt_series  # noqa: PLC0415
        from payments.subscriptions import HEARD_BY  # noqa: PLC0415
        from ticketing.outbox.registry import subscribe  # noqa: PLC0415

        register(check_receipt_series)
        for topic, handlers in HEARD_BY.items():
            for handler in handlers:
                subscribe(topic, handler)
