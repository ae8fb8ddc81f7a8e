"""What every page of the back office shares."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    # Unfold carries no types; its classes are Django's own with another look.
    from django.contrib.admin import ModelAdmin, TabularInline
else:
    from unfold.admin import ModelAdmin, TabularInline

M = TypeVar("M", bound=models.Model)
P = TypeVar("P", bound=models.Model)


def count_what_keeps(row: models.Model) -> list[str]:
    """“3 halls”: the rows that forbid deleting this one, counted and never loaded."""
    counts = []
    for relation in row._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or relation.on_delete is not models.PROTECT:
            continue
        related: Any = relation.related_model
        if number := related._base_manager.filter(**{relation.field.name: row}).count():
            name = related._meta.verbose_name if number == 1 else related._meta.verbose_name_plural
            counts.append(f"{number:,} {name}")
    return counts


def changed_columns(form: ModelForm[Any]) -> list[str]:
    """The model fields that a form changed, with those that follow every change."""
    fields = form.instance._meta.concrete_fields
    changed = [field.name for field in fields if field.name in form.changed_data]
    automatic = [field.name for field in fields if getattr(field, "auto_now", False)]
    return [*changed, *automatic]


class StaffModelAdmin(ModelAdmin[M]):
    """Saves only what the form changed, and says why something cannot be deleted."""

    list_per_page = 50
    list_fullwidth = True
    show_full_result_count = False
    warn_unsaved_form = True

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """A mistyped address is answered like that of a row that is gone; its buttons would ask the database for it."""
        if object_id is not None and not self.is_key(object_id):
            self.message_user(request, _("There is nothing at this address."), messages.WARNING)
            return HttpResponseRedirect(reverse("admin:index"))
        return super().changeform_view(request, object_id, form_url, extra_context)

    def is_key(self, text: str) -> bool:
        try:
            self.opts.pk.to_python(unquote(text))
        except ValidationError:
            return False
        return True

    def save_model(self, request: HttpRequest, obj: M, form: ModelForm[M], change: bool) -> None:
        if change:
            # A service may be changing the other columns at this moment.
            obj.save(update_fields=changed_columns(form))
        else:
            super().save_model(request, obj, form, change)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is not None and self.has_delete_permission(request, row) and (kept_by := count_what_keeps(row)):
            self.message_user(request, refuse_deletion(row, kept_by), messages.ERROR)
            return HttpResponseRedirect(self.change_url(row))
        return super().delete_view(request, object_id, extra_context)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[Any, Any], set[Any], list[Any]]:
        rows: Iterable[models.Model] = list(objs)
        refusals = [refuse_deletion(row, kept_by) for row in rows if (kept_by := count_what_keeps(row))]
        if refusals:
            return [], {}, set(), refusals
        return super().get_deleted_objects(objs, request)

    def change_url(self, row: models.Model) -> str:
        return admin_url(row, "change", row.pk)


class ReadOnlyAdmin(StaffModelAdmin[M]):
    """Rows that only services write: staff look, and act through actions."""

    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False


class EditableInline(TabularInline[M, P]):
    extra = 1
    hide_title = True


class ReadOnlyInline(TabularInline[M, P]):
    extra = 0
    can_delete = False
    show_change_link = True
    view_on_site = False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.readonly_fields

    def has_add_permission(self, request: HttpRequest, obj: P | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def refuse_deletion(row: models.Model, kept_by: list[str]) -> str:
    return _("%(kind)s “%(row)s” cannot be deleted: it still has %(kept_by)s.") % {
        "kind": capfirst(str(row._meta.verbose_name)),
        "row": row,
        "kept_by": ", ".join(kept_by),
    }


def admin_url(model: models.Model | type[models.Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)
