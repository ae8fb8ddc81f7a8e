from typing import TYPE_CHECKING, Any

from allauth.account.admin import EmailAddressAdmin as AllauthEmailAddressAdmin
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultiple

from accounts.models import User
from accounts.services.approval import approve_people
from ticketing.admin.bases import ReadOnlyAdmin, StaffModelAdmin

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
else:
    from unfold.admin import ModelAdmin

# Staff sign in where everyone does, so that a second factor counts here too.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

for model in (Group, EmailAddress, Authenticator):
    admin.site.unregister(model)


class PersonCreationForm(UserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")
        field_classes: dict[str, Any] = {}

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class PersonChangeForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"
        field_classes: dict[str, Any] = {}


@admin.register(User)
class PersonAdmin(UserAdmin, StaffModelAdmin[User]):  # type: ignore[type-arg]
    form = PersonChangeForm
    add_form = PersonCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["email", "name", "roles", "is_staff", "is_approved", "is_active", "joined_at"]
    list_filter = ["is_approved", "is_staff", "groups", "is_active"]
    search_fields = ["email", "name", "phone"]
    ordering = ["email"]
    date_hierarchy = "joined_at"
    readonly_fields = ["last_login", "joined_at"]
    filter_horizontal = []
    actions = ["approve_selected"]
    fieldsets = [
        (None, {"fields": ["email", "password", "name", "phone"]}),
        (_("Access"), {"fields": ["is_approved", "is_active", "is_staff", "groups", "is_superuser"]}),
        (_("Dates"), {"fields": ["joined_at", "last_login"]}),
    ]
    add_fieldsets = [
        (None, {"classes": ["wide"], "fields": ["email", "name", "usable_password", "password1", "password2"]})
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        # Otherwise an administrator could make anyone, or themselves, more than an administrator.
        guarded = [] if request.user.is_superuser else ["is_superuser"]
        return [*super().get_readonly_fields(request, obj), *guarded]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        may_change: bool = super().has_change_permission(request, obj)
        return may_change and (request.user.is_superuser or obj is None or not obj.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        may_delete: bool = super().has_delete_permission(request, obj)
        return may_delete and (request.user.is_superuser or obj is None or not obj.is_superuser)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultiple()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all()) or "–"

    @admin.action(description=_("Approve selected people"), permissions=["change"])
    def approve_selected(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        approved = approve_people(user_ids=list(queryset.values_list("pk", flat=True)))
        text = ngettext("%d person may sign in now.", "%d people may sign in now.", approved) % approved
        self.message_user(request, text, messages.SUCCESS)


@admin.register(Group)
class RoleAdmin(GroupAdmin, ModelAdmin):  # type: ignore[type-arg]
    pass


@admin.register(EmailAddress)
class EmailAddressAdmin(AllauthEmailAddressAdmin, ModelAdmin):  # type: ignore[type-arg]
    list_select_related = ["user"]


@admin.register(Authenticator)
class SecondFactorAdmin(ReadOnlyAdmin[Authenticator]):
    """Its secret is never shown; an administrator removes the factor of someone who lost it."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_select_related = ["user"]
    list_filter = ["type"]
    search_fields = ["user__email"]
    fields = ["user", "type", "created_at", "last_used_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return bool(request.user.has_perm("mfa.delete_authenticator"))
