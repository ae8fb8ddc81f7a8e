from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money
from import_export.fields import Field

from bookings.models import Booking, BookingItem, Ticket
from bookings.services.promo_codes import PAID_OR_PAYING, count_uses, list_uses
from promotions.models import PromoCode
from ticketing.admin.bases import StaffModelAdmin, admin_url
from ticketing.admin.exports import ExportableAdmin, ListResource, Moment


def with_uses(codes: QuerySet[PromoCode]) -> QuerySet[PromoCode]:
    """Adds `paid` and `in_baskets`, the numbers of bookings that count as uses."""
    in_baskets = Q(bookings__status=Booking.Status.HELD, bookings__held_until__gt=timezone.now())
    return codes.annotate(
        paid=Count("bookings", filter=Q(bookings__status__in=PAID_OR_PAYING)),
        in_baskets=Count("bookings", filter=in_baskets),
    )


def taken_off_by(code: PromoCode) -> str:
    """Over the tickets that are valid: “€45.00, $3.00”."""
    items = BookingItem.objects.filter(booking__promo_code=code, ticket__status__in=Ticket.STANDING)
    sums = items.order_by().values_list("price_currency").annotate(sum=Sum("taken_off"))
    return ", ".join(str(Money(amount, currency)) for currency, amount in sums)


def say_reduction(code: PromoCode) -> str:
    """“10 %, opens hidden prices”."""
    parts = []
    if code.percent is not None:
        parts.append(f"{code.percent.normalize():f} %")
    if code.amount is not None:
        parts.append(str(Money(code.amount, code.currency)))
    if code.opens_hidden:
        parts.append(_now("opens hidden prices"))
    if code.opens_early:
        parts.append(_now("opens early"))
    return ", ".join(parts) or "–"


def say_scope(code: PromoCode) -> str:
    """“Spring Concert; Adult; Stalls”, or that it is for everything; needs events and ticket types at hand."""
    parts: Iterable[str] = (
        ", ".join(event.title for event in code.events.all()),
        ", ".join(ticket_type.name for ticket_type in code.ticket_types.all()),
        code.categories,
    )
    return "; ".join(part for part in parts if part) or _now("Everything")


class PromoCodeForm(forms.ModelForm[PromoCode]):
    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        is_access_code = self.cleaned_data.get("opens_hidden") or self.cleaned_data.get("opens_early")
        if is_access_code and not self.cleaned_data.get("events"):
            # One that names none would open whatever anybody ever hides.
            self.add_error("events", _now("Name the events that it opens."))
        return cleaned

    def clean_most_uses(self) -> int | None:
        most: int | None = self.cleaned_data["most_uses"]
        if most is not None and self.instance.pk:
            uses = count_uses(list_uses(self.instance, timezone.now()))
            if uses > most:
                raise forms.ValidationError(_now("It has %(uses)s uses already.") % {"uses": uses})
        return most


class PromoCodeResource(ListResource):
    """One row a code, with what became of it."""

    scope = Field(column_name="for")
    paid = Field(attribute="paid", column_name="paid bookings")
    in_baskets = Field(attribute="in_baskets", column_name="in baskets")
    taken_off = Field(column_name="taken off")
    starts = Moment("starts_at", column_name="from (UTC)")
    ends = Moment("ends_at", column_name="until (UTC)")

    class Meta:
        model = PromoCode
        fields = [
            *(
                "code",
                "note",
                "percent",
                "amount",
                "currency",
                "opens_hidden",
                "opens_early",
                "scope",
                "starts",
                "ends",
                "is_active",
            ),
            *("most_uses", "most_uses_per_customer", "paid", "in_baskets", "taken_off"),
        ]

    def dehydrate_scope(self, code: PromoCode) -> str:
        return say_scope(code)

    def dehydrate_taken_off(self, code: PromoCode) -> str:
        return taken_off_by(code)


@admin.register(PromoCode)
class PromoCodeAdmin(ExportableAdmin[PromoCode]):
    """What codes take off, and how far they are used; a change counts for what is chosen from now on."""

    form = PromoCodeForm
    resource_classes = [PromoCodeResource]
    list_display = ["code", "takes_off", "scope", "used", "starts_at", "ends_at", "is_active"]
    list_filter = ["is_active", "events"]
    search_fields = ["code", "note", "events__title"]
    autocomplete_fields = ["events", "ticket_types"]
    warn_unsaved_form = True
    readonly_fields = ["used", "taken_off", "bookings"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PromoCode]:
        return with_uses(super().get_queryset(request)).prefetch_related("events", "ticket_types")

    def get_fieldsets(self, request: HttpRequest, obj: PromoCode | None = None) -> Any:
        usage = [(_("Usage"), {"fields": [("used", "taken_off"), "bookings"]})] if obj else []
        return [
            (None, {"fields": [("code", "is_active"), "note"]}),
            (_("What it takes off"), {"fields": ["percent", ("amount", "currency")]}),
            (
                _("What it opens"),
                {
                    "fields": [("opens_hidden", "opens_early")],
                    "description": _(
                        "For the events, ticket types and categories below; their pages ask for codes then."
                    ),
                },
            ),
            (_("What it is for"), {"fields": ["events", "ticket_types", "categories"]}),
            (
                _("When and how often"),
                {
                    "fields": ["starts_at", "ends_at", ("most_uses", "most_uses_per_customer")],
                    "description": _("Times are in %(zone)s. One use is one booking; a basket keeps it while it lasts.")
                    % {"zone": timezone.get_default_timezone_name()},
                },
            ),
            *usage,
        ]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if form.instance.is_access_code:
            form.instance.events.filter(takes_access_codes=False).update(takes_access_codes=True)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return StaffModelAdmin.has_add_permission(self, request)

    def has_change_permission(self, request: HttpRequest, obj: PromoCode | None = None) -> bool:
        return StaffModelAdmin.has_change_permission(self, request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: PromoCode | None = None) -> bool:
        return StaffModelAdmin.has_delete_permission(self, request, obj)

    @admin.display(description=_("does"))
    def takes_off(self, code: PromoCode) -> str:
        return say_reduction(code)

    @admin.display(description=_("for"))
    def scope(self, code: PromoCode) -> str:
        return say_scope(code)

    @admin.display(description=_("uses"), ordering="paid")
    def used(self, code: Any) -> str:
        most = _("of %(most)s") % {"most": code.most_uses} if code.most_uses else ""
        baskets = _("and %(count)s in baskets") % {"count": code.in_baskets} if code.in_baskets else ""
        return " ".join(str(part) for part in (code.paid, baskets, most) if part != "")

    @admin.display(description=_("taken off"))
    def taken_off(self, code: PromoCode) -> str:
        return taken_off_by(code) or "–"

    @admin.display(description=_("bookings"))
    def bookings(self, code: PromoCode) -> str:
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}?promo_code__id__exact={}">{}</a>',
            admin_url(Booking, "changelist"),
            code.pk,
            _("Show them"),
        )
