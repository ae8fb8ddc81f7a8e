from django.db import migrations

from accounts.roles import ADMINISTRATOR, FINANCE, grant, make_permissions

DECIDE = ["payments.change_giftvoucher"]


def widen_roles(apps, schema_editor):
    using = schema_editor.connection.alias
    make_permissions(apps, ["payments"], using)
    grant(apps, {ADMINISTRATOR: DECIDE, FINANCE: DECIDE}, using)


class Migration(migrations.Migration):
    """Finance decides on vouchers that a colleague wants to give above the limit."""

    dependencies = [("accounts", "0013_roles_gift_vouchers"), ("payments", "0015_gift_approval")]

    operations = [migrations.RunPython(widen_roles, migrations.RunPython.noop)]
