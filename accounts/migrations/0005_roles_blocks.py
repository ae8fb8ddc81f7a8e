from django.db import migrations

from accounts.roles import ADMINISTRATOR, ORGANISER, SUPPORT, grant, make_permissions

VIEW = ["bookings.view_block", "bookings.view_blockedplace"]
CHANGE = ["bookings.add_block", "bookings.delete_block"]


def widen_roles(apps, schema_editor):
    using = schema_editor.connection.alias
    make_permissions(apps, ["bookings"], using)
    grant(apps, {ADMINISTRATOR: [*VIEW, *CHANGE], ORGANISER: [*VIEW, *CHANGE], SUPPORT: VIEW}, using)


class Migration(migrations.Migration):
    """Organisers keep places from sale and put them back; support sees which, and why."""

    dependencies = [("accounts", "0004_roles_payment_gateways"), ("bookings", "0003_blocks")]

    operations = [migrations.RunPython(widen_roles, migrations.RunPython.noop)]
