from django.db import migrations

from accounts.roles import ADMINISTRATOR, ORGANISER, SUPPORT, grant, make_export_permissions, make_permissions

VIEW = ["promotions.view_promocode"]
CHANGE = [
    "promotions.add_promocode",
    "promotions.change_promocode",
    "promotions.delete_promocode",
    "promotions.export_promocode",
]


def widen_roles(apps, schema_editor):
    using = schema_editor.connection.alias
    make_permissions(apps, ["promotions"], using)
    make_export_permissions(apps, ["promotions.promocode"], using)
    grant(apps, {ADMINISTRATOR: [*VIEW, *CHANGE], ORGANISER: [*VIEW, *CHANGE], SUPPORT: VIEW}, using)


class Migration(migrations.Migration):
    """Organisers make promo codes; support sees what a customer's code does."""

    dependencies = [("accounts", "0008_roles_call_offs"), ("promotions", "0001_initial")]

    operations = [migrations.RunPython(widen_roles, migrations.RunPython.noop)]
