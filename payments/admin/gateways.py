from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from payments.models import GatewayStatus, MethodRule
from payments.services.health import check_gateways
from ticketing.admin.actions import button, go_to
from ticketing.admin.bases import EditableInline, StaffModelAdmin


class MethodRuleInline(EditableInline[MethodRule, GatewayStatus]):
    model = MethodRule
    fields = ["method", "currency", "event", "is_offered"]
    autocomplete_fields = ["event"]


@admin.register(GatewayStatus)
class GatewayStatusAdmin(StaffModelAdmin[GatewayStatus]):
    """The gateways that the environment names; their keys are there too, never here."""

    list_display = ["name", "state", "is_enabled", "rank", "problem", "checked_at"]
    fields = ["name", ("is_enabled", "rank"), ("problem", "checked_at")]
    readonly_fields = ["name", "problem", "checked_at"]
    inlines = [MethodRuleInline]
    actions_detail = ["check_now"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: GatewayStatus | None = None) -> bool:
        return False

    def has_check_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("payments.change_gatewaystatus")

    @admin.display(description=_("state"))
    def state(self, gateway: GatewayStatus) -> tuple[str, str]:
        if gateway.problem:
            return "down", gettext("not usable")
        return ("on", gettext("on")) if gateway.is_enabled else ("off", gettext("switched off"))

    state.label = {"down": "danger", "on": "success", "off": "default"}  # type: ignore[attr-defined]

    @button(
        label=_("Check now"),
        question=_("Every gateway is asked something harmless with its own key."),
        icon="health_and_safety",
        permissions=["check"],
    )
    def check_now(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        check_gateways(now=timezone.now())
        gateway = GatewayStatus.objects.get(pk=object_id)
        if gateway.problem:
            self.message_user(request, gateway.problem, messages.ERROR)
        else:
            self.message_user(request, _("%s answers.") % gateway, messages.SUCCESS)
        return go_to(request, self.change_url(gateway))
