from django.db import migrations

from accounts.roles import ADMINISTRATOR, FINANCE, ORGANISER, SUPPORT, grant, make_permissions

SEE = "bookings.view_rescheduling"
MOVE = "bookings.add_rescheduling"


def widen_roles(apps, schema_editor):
    using = schema_editor.connection.alias
    make_permissions(apps, ["bookings"], using)
    grant(apps, {ADMINISTRATOR: [SEE, MOVE], FINANCE: [SEE], ORGANISER: [SEE], SUPPORT: [SEE]}, using)


class Migration(migrations.Migration):
    """Administrators move dates, after which everybody may ask for their money; others watch how it goes."""

    dependencies = [
        ("accounts", "0011_roles_void_vouchers"),
        ("bookings", "0010_reschedulings"),
    ]

    operations = [migrations.RunPython(widen_roles, migrations.RunPython.noop)]
