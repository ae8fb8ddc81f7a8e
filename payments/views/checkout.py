from collections.abc import Iterable
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from djmoney.money import Money

from bookings.contacts import email_key
from bookings.errors import (
    CalledOffError,
    EmailNeededError,
    EmailUnverifiedError,
    HoldLapsedError,
    KnownCustomerError,
)
from bookings.forms import ContactForm
from bookings.models import Booking
from bookings.selectors import Summary, list_items
from bookings.services.lifecycle import confirm_free_booking, start_checkout
from bookings.views.basket_cookie import buyer_of, get_basket
from bookings.views.door import enter_all, stay
from bookings.views.email_cookie import is_remembered
from payments.changes import due_of
from payments.credit import list_own_credit, quote_credit
from payments.errors import NoWayToPayError
from payments.forms import CreditForm, MethodForm
from payments.offers import Offer, list_keepers, list_offers, list_saved_offers
from payments.receipts.forms import BillingForm
from payments.services.checkout import change_without_paying, pay_with_credit, start_payment
from payments.services.receipts import keep_billing_details
from payments.views.asking import ask_for_code
from payments.views.leaving import leave, leave_late, region_of
from payments.views.returning import BANK_STEP
from ticketing.errors import DomainError
from ticketing.transactions import retry_on_conflict
from waitingroom.tokens import Pass
from waitingroom.views.refusals import behind_queue


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@behind_queue
def checkout(request: HttpRequest) -> HttpResponse:
    """Who is coming, what it costs and how it is paid; then on to the provider's page."""
    booking = get_basket(request)
    if booking is None:
        return leave(request)
    till = Till(request, booking)
    if not till.summary.items and not booking.gift_amount:
        return redirect("bookings:basket")  # A change with no places in it yet.
    passes = enter_all(request, (item.event_session_id for item in till.summary.items))
    if gone := {each.event.title for item in till.summary.items if (each := item.event_session).is_called_off}:
        if booking.status == Booking.Status.AWAITING_PAYMENT:
            # Else they leave the basket, which says so.
            messages.warning(request, str(CalledOffError(events="”, “".join(sorted(gone)))))
        return redirect("bookings:basket")
    refusal: DomainError | None = None
    if request.method == "POST" and till.is_valid() and till.is_agreed:
        try:
            return go_on(request, till, passes)
        except (KnownCustomerError, EmailNeededError) as error:
            # Beside what told us who they are; an account has no field.
            refusal = None if error.field else error
            till.contact.add_error(error.field or None, str(error))
        except DomainError as error:
            refusal = error
            # Many a refusal says that the sum has changed meanwhile: the page shows the new one.
            till = Till(request, booking)
    has_errors = request.method == "POST" and till.has_errors
    context = {
        "booking": booking,
        "items": till.summary.items,
        "events": {item.event_session.event_id: item.event_session.event for item in till.summary.items}.values(),
        "summary": till.summary,
        "till": till,
        "form": till.contact,
        "method_form": till.methods,
        "credit_form": till.credit,
        "refusal": refusal,
    }
    status = refusal.status if refusal else 422 if has_errors else 200
    return render(request, "payments/checkout.html", context, status=status)


def go_on(request: HttpRequest, till: "Till", passes: Iterable[Pass]) -> HttpResponse:
    """Away from the form: to the payment, to the code for the address, or back to the basket."""
    booking = till.summary.booking
    try:
        return HttpResponseRedirect(pay(request, till, passes))
    except EmailNeededError:
        raise  # Told beside the field.
    except EmailUnverifiedError:
        return ask_for_code(request, booking, till.contact.contact().email)
    except HoldLapsedError as error:
        return leave_late(request, booking, error)


class Till:
    """What the checkout page asks, and what is to pay by what was answered so far."""

    def __init__(self, request: HttpRequest, booking: Booking) -> None:
        items, now, buyer = list_items(booking), timezone.now(), buyer_of(request)
        self.summary = Summary(booking=booking, items=items)
        # Looking at the new sum first: what else was typed stays, and is judged when it is sent to pay.
        self.only_looks = "look" in request.POST
        known = {"name": booking.name, "phone": booking.phone, "email": booking.email}
        answers = None if self.only_looks else request.POST or None
        initial = request.POST.dict() if self.only_looks else {}
        self.contact = ContactForm(answers, initial={**known, **initial}, region=region_of(items))
        if booking.gift_amount:
            self.contact.fields["email"].help_text = _("We send the receipt here, and the link to the voucher.")
        if any(item.event_session.verifies_guests for item in items):
            self.contact.ask_for_email()
        offers = offers_for(request, self.summary) if self.total else []
        keepers = list_keepers(offers) if buyer and buyer.email else set()
        self.methods = MethodForm(answers, offers=offers, keepers=keepers, initial=initial)
        self.billing = BillingForm(answers, booking=booking, initial=initial)
        own = list_own_credit(buyer, booking.currency, now) if buyer and self.total else []
        self.credit = CreditForm(
            request.POST or remember_credit(booking),
            own=own,
            quote=partial(quote_credit, booking=booking, total=self.total, now=now),
        )
        self.credit.is_valid()

    @cached_property
    def total(self) -> Money:
        """Of a change, the difference."""
        return due_of(self.summary.booking, self.summary.total)

    @property
    def due(self) -> Money:
        """What is left to pay in another way."""
        return self.total - self.credit.use.amount if self.credit.use else self.total

    @property
    def is_agreed(self) -> bool:
        """Whether the page asked for this very sum; if not, it is shown first."""
        return not self.only_looks and self.credit.agrees_to(self.due.amount)

    @property
    def has_errors(self) -> bool:
        return bool(self.contact.errors or self.methods.errors or self.credit.errors or self.billing.errors)

    def is_valid(self) -> bool:
        forms = (self.contact, self.methods, self.credit, self.billing)
        return all(form.is_valid() for form in forms)


def remember_credit(booking: Booking) -> dict[str, str] | None:
    """The voucher of the attempt before, so that nobody types its code twice."""
    before = booking.payments.exclude(voucher=None).select_related("voucher").order_by("-pk").first()
    return {"code": before.voucher.spoken_code} if before and before.voucher else None


def offers_for(request: HttpRequest, summary: Summary) -> list[Offer]:
    """The customer's own cards first."""
    currency = summary.booking.currency
    event_ids = {item.event_session.event_id for item in summary.items}
    user, today = buyer_of(request), timezone.localdate()
    own = list_saved_offers(user=user, currency=currency, event_ids=event_ids, today=today) if user else []
    return [*own, *list_offers(currency=currency, event_ids=event_ids)]


def pay(request: HttpRequest, till: Till, passes: Iterable[Pass]) -> str:
    """Where the customer goes next: the provider's page, or straight to the tickets when nothing is due or all paid."""
    now = timezone.now()
    contact, buyer, credit = till.contact.contact(), buyer_of(request), till.credit.use
    if till.due and not till.methods.offers:
        raise NoWayToPayError
    booking_id = till.summary.booking.pk
    if till.billing.has_changed():
        keep_billing_details(booking_id=booking_id, **till.billing.cleaned_data)
    key = email_key(contact.email)
    verified_keys = {key} if is_remembered(request, key) else set()
    booking = retry_on_conflict(
        lambda: start_checkout(
            booking_id=booking_id, contact=contact, buyer=buyer, verified_keys=verified_keys, now=now
        )
    )
    stay(passes, booking)
    if booking.replaces_id is not None and not till.due and not credit:
        return change_without_paying(booking_id=booking.pk, now=now).get_absolute_url()
    if not Summary(booking=booking, items=list_items(booking)).total:
        confirmed = retry_on_conflict(lambda: confirm_free_booking(booking_id=booking.pk, now=now))
        return confirmed.get_absolute_url()
    if credit and not till.due:
        return pay_with_credit(booking_id=booking.pk, credit=credit, now=now).get_absolute_url()
    payment = start_payment(booking_id=booking.pk, offer=till.methods.offer(), credit=credit, now=now)
    if payment.saved_method_id is None:
        # Closed by another window that chose later: our page says so and shows the way on.
        return payment.page_url or payment.get_absolute_url()
    # To a page of ours first: browsers let no form lead to whatever bank the card is from.
    return payment.get_absolute_url() + (f"?step={BANK_STEP}" if payment.page_url else "")
