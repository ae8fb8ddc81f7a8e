"""The roles people work in: groups whose permissions migrations hand out."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions

ADMINISTRATOR = "Administrator"
ORGANISER = "Organiser"
FINANCE = "Finance"
GATE = "Gate"
SUPPORT = "Support"


def make_permissions(apps: Apps, app_labels: Iterable[str], using: str) -> None:
    """Make the permissions of these apps' models now, inside a migration.

    Django makes them only after the last migration, too late for one that hands them out.
    """
    for label in app_labels:
        app_config = apps.get_app_config(label)
        # Historical apps have no models module, and Django skips apps without one.
        app_config.models_module = True  # type: ignore[assignment]
        create_permissions(app_config, verbosity=0, using=using, apps=apps)
        app_config.models_module = None


def make_export_permissions(apps: Apps, models: Iterable[str], using: str) -> None:
    """The right to take a whole list away as a file: more than the right to look at one row."""
    permission_model: Any = apps.get_model("auth", "Permission")
    content_types: Any = apps.get_model("contenttypes", "ContentType").objects.db_manager(using)
    for label in models:
        model: Any = apps.get_model(label)
        permission_model.objects.using(using).get_or_create(
            codename=f"export_{model._meta.model_name}",
            content_type=content_types.get_for_model(model, for_concrete_model=False),
            defaults={"name": f"Can export {model._meta.verbose_name_plural}"},
        )


def grant(apps: Apps, grants: Mapping[str, Iterable[str]], using: str) -> None:
    """Give each named role these permissions ("events.add_event"); ones that do not exist are an error."""
    group_model: Any = apps.get_model("auth", "Group")
    permission_model: Any = apps.get_model("auth", "Permission")
    known = {
        f"{label}.{codename}": pk
        for pk, label, codename in permission_model.objects.using(using).values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    for role, permissions in grants.items():
        group, _is_new = group_model.objects.using(using).get_or_create(name=role)
        group.permissions.add(*(known[permission] for permission in permissions))
