from django.db import migrations

from accounts.roles import ADMINISTRATOR, FINANCE, grant, make_permissions

VOID = ["payments.change_voucher"]


def widen_roles(apps, schema_editor):
    using = schema_editor.connection.alias
    make_permissions(apps, ["payments"], using)
    grant(apps, {ADMINISTRATOR: VOID, FINANCE: VOID}, using)


class Migration(migrations.Migration):
    """Finance may make a voucher void, for a reason."""

    dependencies = [("accounts", "0010_roles_transfers_and_waiting_lists"), ("payments", "0011_void_vouchers")]

    operations = [migrations.RunPython(widen_roles, migrations.RunPython.noop)]
