from django.db import migrations

from accounts.roles import ADMINISTRATOR, ORGANISER, SUPPORT, grant, make_permissions

VIEW = ["waitingroom.view_queue", "waitingroom.view_bypasscode"]
CHANGE = [
    "waitingroom.add_queue",
    "waitingroom.change_queue",
    "waitingroom.delete_queue",
    "waitingroom.add_bypasscode",
    "waitingroom.change_bypasscode",
    "waitingroom.delete_bypasscode",
]


def widen_roles(apps, schema_editor):
    using = schema_editor.connection.alias
    make_permissions(apps, ["waitingroom"], using)
    grant(apps, {ADMINISTRATOR: [*VIEW, *CHANGE], ORGANISER: [*VIEW, *CHANGE], SUPPORT: VIEW}, using)


class Migration(migrations.Migration):
    """Organisers run the waiting rooms; support sees how they stand."""

    dependencies = [("accounts", "0006_roles_credit_and_reconciliation"), ("waitingroom", "0001_initial")]

    operations = [migrations.RunPython(widen_roles, migrations.RunPython.noop)]
