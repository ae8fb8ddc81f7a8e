from django.db import migrations

from accounts.roles import ADMINISTRATOR, ORGANISER, SUPPORT, grant, make_export_permissions, make_permissions

VIEW = ["bookings.view_transfer", "bookings.view_resale", "bookings.view_waitingentry"]
CHANGE_LIST = ["bookings.change_waitingentry", "bookings.export_waitingentry"]


def widen_roles(apps, schema_editor):
    using = schema_editor.connection.alias
    make_permissions(apps, ["bookings"], using)
    make_export_permissions(apps, ["bookings.waitingentry"], using)
    grant(apps, {ADMINISTRATOR: [*VIEW, *CHANGE_LIST], ORGANISER: [*VIEW, *CHANGE_LIST], SUPPORT: VIEW}, using)


class Migration(migrations.Migration):
    """Who runs events runs their waiting lists; support sees what became of a ticket."""

    dependencies = [
        ("accounts", "0009_roles_promo_codes"),
        ("bookings", "0007_changes_transfers_and_waiting_lists"),
    ]

    operations = [migrations.RunPython(widen_roles, migrations.RunPython.noop)]
