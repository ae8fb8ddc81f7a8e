import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Dates that were moved, and what their customers answered."""

    dependencies = [
        ("bookings", "0009_transfer_old_code"),
        ("events", "0009_moved_sessions"),
        ("venues", "0003_plan_revision"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Rescheduling",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("old_starts_at", models.DateTimeField(verbose_name="started")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                ("deadline", models.DateTimeField(verbose_name="answers until")),
                ("started_at", models.DateTimeField(verbose_name="moved")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                (
                    "event_session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reschedulings",
                        to="events.eventsession",
                        verbose_name="session",
                    ),
                ),
                (
                    "old_hall",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="venues.hall",
                        verbose_name="old hall",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="requested by",
                    ),
                ),
            ],
            options={
                "verbose_name": "moved date",
                "verbose_name_plural": "moved dates",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="RescheduledBooking",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("failed", "Failed")],
                        default="waiting",
                        max_length=7,
                        verbose_name="status",
                    ),
                ),
                ("error", models.CharField(blank=True, max_length=300, verbose_name="error")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done")),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "None"),
                            ("kept", "Keeps the tickets"),
                            ("refunded", "Wants the money back"),
                        ],
                        default="",
                        max_length=8,
                        verbose_name="answer",
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="answered")),
                ("rehoused", models.JSONField(blank=True, default=dict)),
                ("unseated", models.JSONField(blank=True, default=list)),
                (
                    "booking",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rescheduled",
                        to="bookings.booking",
                        verbose_name="booking",
                    ),
                ),
                (
                    "rescheduling",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="bookings.rescheduling",
                    ),
                ),
            ],
            options={
                "verbose_name": "booking of a moved date",
                "verbose_name_plural": "bookings of a moved date",
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["rescheduling", "status"], name="rescheduled_status")],
                "constraints": [
                    models.UniqueConstraint(fields=("booking", "rescheduling"), name="booking_rescheduled_once")
                ],
            },
        ),
    ]
