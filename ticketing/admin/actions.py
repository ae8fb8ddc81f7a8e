"""Buttons on a row's page that ask first and then post, and refusals as messages."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar, cast

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django_htmx.http import HttpResponseClientRedirect
from unfold.decorators import action
from unfold.enums import ActionVariant

from ticketing.errors import DomainError

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Promise

F = TypeVar("F", bound=Callable[..., HttpResponse])


def button(
    *,
    label: "str | Promise",
    question: "str | Promise",
    icon: str,
    permissions: Iterable[str],
    is_grave: bool = False,
    is_quiet: bool = False,
    form_class: type[Form] | None = None,
) -> Callable[[F], F]:
    """A button that opens a question and posts the answer; a bare link would let a GET change something.

    Name the method in `actions_detail`; it gets (request, form, object_id), where the form is a plain
    yes or of `form_class`, one of Unfold's dialog forms.
    """
    usual = ActionVariant.DEFAULT if is_quiet else ActionVariant.PRIMARY
    decorate = action(
        description=label,
        icon=icon,
        permissions=permissions,
        variant=ActionVariant.DANGER if is_grave else usual,
        dialog={"title": label, "description": question, "form_class": form_class, "form_submit_text": label},
    )
    return cast("Callable[[F], F]", decorate)


def link(*, label: "str | Promise", icon: str, permissions: Iterable[str]) -> Callable[[F], F]:
    """A button that leads to another page; the method gets (request, object_id), redirects and changes nothing."""
    return cast("Callable[[F], F]", action(description=label, icon=icon, permissions=permissions))


def go_to(request: HttpRequest, url: str) -> HttpResponse:
    """Leave a dialog: htmx needs to be told, a plain post is redirected."""
    return HttpResponseClientRedirect(url) if request.headers.get("HX-Request") else HttpResponseRedirect(url)


@contextmanager
def refusals_as_messages(request: HttpRequest, subject: object = "") -> Iterator[None]:
    try:
        yield
    except DomainError as refusal:
        messages.error(request, f"{subject}: {refusal}" if subject else str(refusal))
