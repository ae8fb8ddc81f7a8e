from django.db import migrations

from accounts.roles import ADMINISTRATOR, FINANCE, grant, make_permissions

VIEW = ["payments.view_gatewaystatus", "payments.view_methodrule"]
CHANGE = [
    "payments.change_gatewaystatus",
    "payments.add_methodrule",
    "payments.change_methodrule",
    "payments.delete_methodrule",
]


def widen_roles(apps, schema_editor):
    using = schema_editor.connection.alias
    make_permissions(apps, ["payments"], using)
    grant(apps, {ADMINISTRATOR: [*VIEW, *CHANGE], FINANCE: VIEW}, using)


class Migration(migrations.Migration):
    """Administrators choose what customers may pay with; finance sees why something is not offered."""

    dependencies = [("accounts", "0003_roles_ledger_and_refunds"), ("payments", "0003_gateways_and_methods")]

    operations = [migrations.RunPython(widen_roles, migrations.RunPython.noop)]
