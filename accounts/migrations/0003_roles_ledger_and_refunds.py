from django.db import migrations

from accounts.roles import ADMINISTRATOR, FINANCE, grant, make_export_permissions, make_permissions

LEDGER = ["payments.view_ledgerentry", "payments.export_ledgerentry"]


def widen_roles(apps, schema_editor):
    using = schema_editor.connection.alias
    make_permissions(apps, ["payments"], using)
    make_export_permissions(apps, ["payments.LedgerEntry"], using)
    grant(apps, {ADMINISTRATOR: LEDGER, FINANCE: [*LEDGER, "payments.change_refund"]}, using)


class Migration(migrations.Migration):
    """Finance reads the ledger, decides on refunds above the limit and sends failed ones again."""

    dependencies = [("accounts", "0002_roles"), ("payments", "0002_ledger_and_partial_refunds")]

    operations = [migrations.RunPython(widen_roles, migrations.RunPython.noop)]
