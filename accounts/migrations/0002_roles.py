from itertools import product

from django.db import migrations

from accounts.roles import (
    ADMINISTRATOR,
    FINANCE,
    GATE,
    ORGANISER,
    SUPPORT,
    grant,
    make_export_permissions,
    make_permissions,
)

APPS = [
    "account",
    "accounts",
    "admin",
    "auth",
    "bookings",
    "django_celery_beat",
    "events",
    "mfa",
    "notifications",
    "outbox",
    "payments",
    "scanner",
    "venues",
]
EXPORTS = ["bookings.Booking", "bookings.Ticket", "payments.Payment", "payments.Refund"]


def view(*models):
    return [f"{app}.view_{model}" for app, model in (name.split(".") for name in models)]


def manage(app, *models):
    return [f"{app}.{verb}_{model}" for verb, model in product(["add", "change", "delete", "view"], models)]


def export(*models):
    return [f"{app}.export_{model}" for app, model in (name.split(".") for name in models)]


GRANTS = {
    ORGANISER: [
        *manage("venues", "venue", "hall", "seatingplan", "seatcategory", "section", "seat"),
        *manage("events", "event", "eventsession", "pricetier", "eventtype", "tickettype", "tag"),
        *view("bookings.booking", "bookings.bookingitem", "bookings.place", "bookings.ticket"),
        *export("bookings.booking", "bookings.ticket"),
    ],
    FINANCE: [
        *view("bookings.booking", "bookings.bookingitem"),
        *view("payments.payment", "payments.refund", "payments.providerevent"),
        *export("bookings.booking", "payments.payment", "payments.refund"),
    ],
    GATE: [
        "scanner.add_scan",
        *view("scanner.scan", "events.eventsession", "bookings.ticket"),
    ],
    SUPPORT: [
        "bookings.change_booking",
        *view("bookings.booking", "bookings.bookingitem", "bookings.ticket", "payments.payment", "payments.refund"),
    ],
}


def make_roles(apps, schema_editor):
    using = schema_editor.connection.alias
    make_permissions(apps, APPS, using)
    make_export_permissions(apps, EXPORTS, using)
    everything = apps.get_model("auth", "Permission").objects.using(using).filter(content_type__app_label__in=APPS)
    everything = [".".join(names) for names in everything.values_list("content_type__app_label", "codename")]
    grant(apps, {ADMINISTRATOR: everything, **GRANTS}, using)


class Migration(migrations.Migration):
    """The five roles. Permissions are named, not imported: the apps they speak of lie above this one."""

    dependencies = [
        ("accounts", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("bookings", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
        ("events", "0001_initial"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("notifications", "0001_initial"),
        ("outbox", "0001_initial"),
        ("payments", "0001_initial"),
        ("scanner", "0001_initial"),
        ("venues", "0001_initial"),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
