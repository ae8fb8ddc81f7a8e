from django.db import migrations

from accounts.roles import ADMINISTRATOR, FINANCE, ORGANISER, SUPPORT, grant, make_permissions

SEE = "payments.view_calloff"
CALL_OFF = "payments.add_calloff"


def widen_roles(apps, schema_editor):
    using = schema_editor.connection.alias
    make_permissions(apps, ["payments"], using)
    grant(apps, {ADMINISTRATOR: [SEE, CALL_OFF], FINANCE: [SEE], ORGANISER: [SEE], SUPPORT: [SEE]}, using)


class Migration(migrations.Migration):
    """Administrators call dates off, which gives back everybody's money at once; others watch how it goes."""

    dependencies = [("accounts", "0007_roles_waiting_rooms"), ("payments", "0009_call_offs")]

    operations = [migrations.RunPython(widen_roles, migrations.RunPython.noop)]
