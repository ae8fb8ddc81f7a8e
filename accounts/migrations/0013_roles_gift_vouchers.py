from django.db import migrations

from accounts.roles import ADMINISTRATOR, FINANCE, SUPPORT, grant, make_export_permissions, make_permissions

VIEW = ["payments.view_giftvoucher"]
LOOK_AFTER = [*VIEW, "payments.export_giftvoucher", "payments.add_giftvoucher"]


def widen_roles(apps, schema_editor):
    using = schema_editor.connection.alias
    make_permissions(apps, ["payments"], using)
    make_export_permissions(apps, ["payments.giftvoucher"], using)
    grant(apps, {ADMINISTRATOR: LOOK_AFTER, FINANCE: LOOK_AFTER, SUPPORT: VIEW}, using)


class Migration(migrations.Migration):
    """Finance gives vouchers that nobody pays; support sees those that were sold, and takes them back."""

    dependencies = [("accounts", "0012_roles_moved_dates"), ("payments", "0013_gift_vouchers")]

    operations = [migrations.RunPython(widen_roles, migrations.RunPython.noop)]
