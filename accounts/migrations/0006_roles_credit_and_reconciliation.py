from django.db import migrations

from accounts.roles import ADMINISTRATOR, FINANCE, SUPPORT, grant, make_export_permissions, make_permissions

SEEN = ["voucher", "receipt", "dispute", "reconciliation", "discrepancy", "settlement"]
EXPORTED = ["payments.Voucher", "payments.Receipt", "payments.Dispute", "payments.Discrepancy", "payments.Settlement"]


def widen_roles(apps, schema_editor):
    using = schema_editor.connection.alias
    make_permissions(apps, ["payments"], using)
    make_export_permissions(apps, EXPORTED, using)
    seen = [f"payments.view_{model}" for model in SEEN]
    taken_away = [f"payments.export_{label.partition('.')[2].lower()}" for label in EXPORTED]
    decided = ["payments.add_refund", "payments.change_discrepancy", "payments.add_reconciliation"]
    grants = {
        ADMINISTRATOR: [*seen, *taken_away, *decided],
        FINANCE: [*seen, *taken_away, *decided],
        SUPPORT: ["payments.add_refund", "payments.view_receipt", "payments.view_voucher"],
    }
    grant(apps, grants, using)


class Migration(migrations.Migration):
    """Finance compares, settles and repairs; support asks for refunds and finds a customer's papers."""

    dependencies = [("accounts", "0005_roles_blocks"), ("payments", "0007_credit_receipts_and_reconciliation")]

    operations = [migrations.RunPython(widen_roles, migrations.RunPython.noop)]
