"""Prices on a session's page: a row for every category of its plan, waiting for an amount."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from events.models import EventSession, PriceTier, TicketType
from ticketing.admin.bases import EditableInline

Choices = list[tuple[Any, str]]


class PriceTierForm(forms.ModelForm[PriceTier]):
    amount = forms.DecimalField(
        label=_("price"), min_value=0, max_digits=10, decimal_places=2, widget=UnfoldAdminDecimalFieldWidget
    )

    class Meta:
        model = PriceTier
        fields = ["category", "ticket_type", "is_hidden"]

    def __init__(self, *args: Any, currency: str, categories: Choices, ticket_types: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["amount"].label = _("price in %s") % currency
        if self.instance.pk:
            self.initial["amount"] = self.instance.price.amount
        # The lists are read once for all rows.
        for name, choices in (("category", categories), ("ticket_type", ticket_types)):
            if field := self.fields.get(name):
                field.widget.choices = [("", "–"), *choices]

    def clean_category(self) -> Any:
        category = self.cleaned_data["category"]
        if category.plan_id != self.instance.event_session.plan_id:
            raise forms.ValidationError(_("This category belongs to another plan."))
        return category

    def save(self, commit: bool = True) -> PriceTier:
        self.instance.price = Money(self.cleaned_data["amount"], self.currency)
        return super().save(commit)


class PriceTierInline(EditableInline[PriceTier, EventSession]):
    model = PriceTier
    form = PriceTierForm
    fields = ["category", "ticket_type", "amount", "is_hidden"]
    verbose_name_plural = _("prices (a change counts for new baskets only)")

    def get_extra(self, request: HttpRequest, obj: EventSession | None = None, **kwargs: Any) -> int:
        return len(missing_prices(obj)) or 1

    def has_delete_permission(self, request: HttpRequest, obj: EventSession | None = None) -> bool:
        # A place on sale without a price could be chosen and never be paid for.
        is_draft = obj is None or obj.status == EventSession.Status.DRAFT
        return is_draft and bool(super().has_delete_permission(request, obj))

    def has_change_permission(self, request: HttpRequest, obj: EventSession | None = None) -> bool:
        is_open = obj is None or obj.status != EventSession.Status.CANCELLED
        return is_open and bool(super().has_change_permission(request, obj))


def missing_prices(event_session: EventSession | None) -> list[dict[str, int]]:
    """One row per category that has no price yet, for the usual ticket type."""
    if event_session is None:
        return []
    usual = TicketType.objects.values_list("pk", flat=True).first()
    if usual is None:
        return []
    priced = event_session.tiers.values("category")
    categories = event_session.plan.categories.exclude(pk__in=priced).order_by("rank", "pk")
    return [{"category": pk, "ticket_type": usual} for pk in categories.values_list("pk", flat=True)]


def price_formset_kwargs(event_session: EventSession) -> dict[str, Any]:
    return {
        "initial": missing_prices(event_session),
        "form_kwargs": {
            "currency": event_session.event.currency,
            "categories": list(event_session.plan.categories.values_list("pk", "name")),
            "ticket_types": list(TicketType.objects.values_list("pk", "name")),
        },
    }
