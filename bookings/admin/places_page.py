"""The map of a session for staff: look at who has what, keep places from sale, put them back."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.admin.block_forms import BlockForm, ChosenPlaces, is_number
from bookings.models import Block, Place
from bookings.seatmap.staff import view_for_staff
from bookings.services.blocking import Blocking, block_places, release_block, release_blocked_places
from events.models import EventSession
from ticketing.admin.bases import admin_url
from ticketing.errors import DomainError
from ticketing.transactions import retry_on_conflict
from venues.models import Section

if TYPE_CHECKING:
    from bookings.admin.publishing import PublishableEventSessionAdmin

TEMPLATE = "admin/bookings/places/page.html"


class PlacesPage:
    """For those who may see blocks; adding and deleting them are rights of their own."""

    def __init__(self, model_admin: "PublishableEventSessionAdmin") -> None:
        self.admin = model_admin

    def urls(self) -> list[URLPattern]:
        wrap = self.admin.admin_site.admin_view
        return [path("<int:object_id>/places/", wrap(self.page), name="events_eventsession_places")]

    def page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        if not request.user.has_perm("bookings.view_block"):
            raise PermissionDenied
        event_session = get_object_or_404(
            EventSession.objects.select_related("event", "hall__venue", "plan"),
            pk=object_id,
            status=EventSession.Status.PUBLISHED,
        )
        if request.method != "POST":
            return self.show(request, event_session, BlockForm())
        action = {"block": self.block, "release": self.release}.get(request.POST.get("do", ""), self.release_all)
        needed = "bookings.add_block" if action == self.block else "bookings.delete_block"
        if not request.user.has_perm(needed):
            raise PermissionDenied
        return action(request, event_session)

    def block(self, request: HttpRequest, event_session: EventSession) -> HttpResponse:
        form = BlockForm(request.POST)
        if not form.is_valid():
            return self.show(request, event_session, form, status=422)
        chosen = ChosenPlaces(request.POST, event_session, state=Place.State.FREE)
        try:
            done = retry_on_conflict(
                lambda: block_places(
                    event_session_id=event_session.pk,
                    seat_ids=chosen.seat_ids,
                    standing=chosen.standing,
                    kind=Block.Kind(form.cleaned_data["kind"]),
                    reason=form.cleaned_data["reason"],
                    actor_id=request.user.pk,
                    now=timezone.now(),
                )
            )
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return self.show(request, event_session, form, chosen=chosen.seat_ids, status=refusal.status)
        messages.success(request, describe_blocking(done))
        return self.back(request, event_session)

    def release(self, request: HttpRequest, event_session: EventSession) -> HttpResponse:
        chosen = ChosenPlaces(request.POST, event_session, state=Place.State.BLOCKED)
        try:
            count = retry_on_conflict(
                lambda: release_blocked_places(
                    event_session_id=event_session.pk,
                    seat_ids=chosen.seat_ids,
                    standing=chosen.standing,
                    actor_id=request.user.pk,
                )
            )
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return self.show(request, event_session, BlockForm(), status=refusal.status)
        messages.success(request, describe_release(count))
        return self.back(request, event_session)

    def release_all(self, request: HttpRequest, event_session: EventSession) -> HttpResponse:
        wanted = request.POST.get("block", "")
        block = get_object_or_404(event_session.blocks, pk=int(wanted) if is_number(wanted) else 0)
        count = retry_on_conflict(lambda: release_block(block_id=block.pk, actor_id=request.user.pk))
        messages.success(request, describe_release(count))
        return self.back(request, event_session)

    def back(self, request: HttpRequest, event_session: EventSession) -> HttpResponse:
        """To the same view of the map."""
        section = request.GET.get("section", "")
        query = f"?section={section}" if is_number(section) else ""
        return HttpResponseRedirect(admin_url(EventSession, "places", event_session.pk) + query)

    def show(
        self,
        request: HttpRequest,
        event_session: EventSession,
        form: BlockForm,
        *,
        chosen: set[int] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        section = request.GET.get("section", "")
        view = view_for_staff(
            event_session,
            section_id=int(section) if is_number(section) else None,
            now=timezone.now(),
            links_to_bookings=request.user.has_perm("bookings.view_booking"),
        )
        context: dict[str, Any] = {
            **self.admin.admin_site.each_context(request),
            "opts": self.admin.opts,
            "title": _("Places of %(session)s") % {"session": event_session},
            "event_session": event_session,
            "view": view,
            "form": form,
            "chosen": ",".join(map(str, sorted(chosen or ()))),
            "standing": list_standing(event_session),
            "blocks": list_blocks(event_session),
            "may_block": request.user.has_perm("bookings.add_block"),
            "may_release": request.user.has_perm("bookings.delete_block"),
        }
        return TemplateResponse(request, TEMPLATE, context, status=status)


def list_blocks(event_session: EventSession) -> QuerySet[Block]:
    blocks = Block.objects.filter(event_session=event_session).select_related("blocked_by")
    return blocks.annotate(place_count=Count("blocked_places")).order_by("-pk")


def list_standing(event_session: EventSession) -> QuerySet[Section]:
    """With how many places are free and how many blocked."""
    counted = {
        state.value: Count("places", filter=Q(places__event_session=event_session, places__state=state))
        for state in (Place.State.FREE, Place.State.BLOCKED)
    }
    sections = Section.objects.filter(plan=event_session.plan_id, kind=Section.Kind.STANDING)
    return sections.annotate(**counted).order_by("rank", "pk")


def describe_blocking(done: Blocking) -> str:
    said = []
    if done.blocked:
        said.append(ngettext("%d place is blocked.", "%d places are blocked.", done.blocked) % done.blocked)
    if done.already:
        text = ngettext("%d place was blocked before.", "%d places were blocked before.", done.already)
        said.append(text % done.already)
    return " ".join(said)


def describe_release(count: int) -> str:
    if not count:
        return _("Nothing of it was blocked; nothing changed.")
    return ngettext("%d place is on sale again.", "%d places are on sale again.", count) % count
