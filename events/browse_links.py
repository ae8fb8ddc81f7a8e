"""Links on the list of events that are other searches: another page, one filter less, a handy day."""

from dataclasses import dataclass
from datetime import date, timedelta

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _

from ticketing.dates import say_date


@dataclass(frozen=True)
class BrowseLink:
    label: str
    query: str


def page_query(request: HttpRequest, page: int) -> str:
    """The same search on another page."""
    query = request.GET.copy()
    query.pop("page", None)
    if page > 1:
        query["page"] = str(page)
    return f"?{query.urlencode()}"


def list_quick_days(today: date) -> list[BrowseLink]:
    saturday = today + timedelta(days=(5 - today.weekday()) % 7)
    first = today if today.weekday() == 6 else saturday
    sunday = today + timedelta(days=(6 - today.weekday()) % 7)
    return [
        BrowseLink(_("Today"), f"?date_from={today}&date_to={today}"),
        BrowseLink(_("Tomorrow"), f"?date_from={today + timedelta(days=1)}&date_to={today + timedelta(days=1)}"),
        BrowseLink(_("This weekend"), f"?date_from={first}&date_to={sunday}"),
        BrowseLink(_("Next 30 days"), f"?date_from={today}&date_to={today + timedelta(days=30)}"),
    ]


def list_active_filters(request: HttpRequest, form: forms.Form) -> list[BrowseLink]:
    """What narrows the list, each with the search that lacks it."""
    return [
        BrowseLink(label, without(request, name))
        for name in form.fields
        if (label := describe(form, name)) and name in request.GET
    ]


def describe(form: forms.Form, name: str) -> str:
    field, value = form.fields[name], form.cleaned_data.get(name)
    if not value and value != 0:
        return ""
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices)[value])  # type: ignore[arg-type]
    if isinstance(field, forms.BooleanField):
        return str(field.label)
    if isinstance(value, date):
        return f"{field.label} {say_date(value)}"
    return f"“{value}”" if name == "q" else f"{field.label} {value}"


def without(request: HttpRequest, name: str) -> str:
    query = request.GET.copy()
    query.pop(name, None)
    query.pop("page", None)
    return f"?{query.urlencode()}"
