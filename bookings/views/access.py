"""Where an access code is entered, and what only those who have one are shown of a large hall."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from bookings.seatmap.hall import HallView, view_overview, view_section
from bookings.selectors import get_visible_session
from bookings.services.access import check_access_code
from bookings.throttle import counted_guess
from bookings.views.access_cookie import keep_code
from bookings.views.promo_codes import LONGEST_CODE
from bookings.views.seats import get_own_scene, tell_when
from ticketing.errors import DomainError
from ticketing.requests import HttpRequest, read_network


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter_code(request: HttpRequest, event_session_id: int) -> HttpResponse:
    """Keep the code in the visitor's browser and go on to the seats; a refusal stands beside what was typed."""
    event_session = get_visible_session(event_session_id)
    typed, refusal = request.POST.get("code", "")[:LONGEST_CODE], None
    if request.method == "POST":
        try:
            with counted_guess(read_network(request)):
                code = check_access_code(event_session, typed, timezone.now())
        except DomainError as error:
            refusal = error
        else:
            answer = redirect(event_session)
            keep_code(request, answer, code.code)
            return answer
    context = {"event_session": event_session, "typed_code": typed, "code_refusal": refusal}
    response = render(request, "bookings/access_code.html", context, status=refusal.status if refusal else 200)
    return tell_when(response, refusal) if refusal else response


@never_cache
@require_safe
def overview(request: HttpRequest, event_session_id: int) -> HttpResponse:
    """As everybody's overview, with the prices that the visitor's code opens."""
    scene, moment = get_own_scene(request, event_session_id)
    return _show(request, view_overview(scene, moment))


@never_cache
@require_safe
def section(request: HttpRequest, event_session_id: int, section_id: int) -> HttpResponse:
    scene, moment = get_own_scene(request, event_session_id)
    return _show(request, view_section(scene, moment, scene.get_section(section_id)))


def _show(request: HttpRequest, hall: HallView) -> HttpResponse:
    return render(request, "bookings/_hall.html", {"hall": hall, "event_session": hall.scene.event_session})
