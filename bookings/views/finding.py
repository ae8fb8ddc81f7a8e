"""The way back to a booking without an account: its reference and email address."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bookings.errors import TooManyQuestionsError
from bookings.forms import FindForm
from bookings.services.finding import ask_for_link
from bookings.throttle import count_question
from ticketing.requests import HttpRequest, read_network
from ticketing.transactions import retry_on_conflict


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Ask for the private link. It is mailed, never shown, and the answer is the same whether there is one."""
    form = FindForm(request.POST or None)
    refusal, status = None, 200
    if request.method == "POST" and form.is_valid():
        try:
            count_question(read_network(request))
        except TooManyQuestionsError as error:
            refusal, status = error, error.status
        else:
            retry_on_conflict(lambda: ask_for_link(**form.cleaned_data, now=timezone.now()))
            return redirect(reverse("bookings:find") + "?sent=1")
    elif request.method == "POST":
        status = 422
    context = {"form": form, "refusal": refusal, "is_sent": "sent" in request.GET and request.method != "POST"}
    response = render(request, "bookings/find.html", context, status=status)
    if refusal is not None:
        response.headers["Retry-After"] = str(refusal.facts["seconds"])
    return response
