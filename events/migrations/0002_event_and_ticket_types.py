from django.db import migrations

# name, slug, schema.org type
EVENT_TYPES = [
    ("Movie", "movie", "ScreeningEvent"),
    ("Concert", "concert", "MusicEvent"),
    ("Theatre", "theatre", "TheaterEvent"),
    ("Comedy", "comedy", "ComedyEvent"),
    ("Sports", "sports", "SportsEvent"),
    ("Family", "family", "ChildrensEvent"),
    ("Conference", "conference", "BusinessEvent"),
    ("Other", "other", "Event"),
]
TICKET_TYPES = ["Adult", "Child", "Concession"]


def add_types(apps, schema_editor):
    EventType = apps.get_model("events", "EventType")
    for rank, (name, slug, schema_type) in enumerate(EVENT_TYPES):
        EventType.objects.get_or_create(slug=slug, defaults={"name": name, "rank": rank, "schema_type": schema_type})
    TicketType = apps.get_model("events", "TicketType")
    for rank, name in enumerate(TICKET_TYPES):
        TicketType.objects.get_or_create(name=name, defaults={"rank": rank})


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    # Staff may have built on them by then, so going back keeps them.
    operations = [migrations.RunPython(add_types, migrations.RunPython.noop)]
