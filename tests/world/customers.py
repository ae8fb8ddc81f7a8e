"""What customers do at the site, and on the provider's page, which stays open in some tab whatever happens."""

from decimal import Decimal

from bookings.models import Booking
from bookings.selectors import summarise
from bookings.services.holds import hold_places, release_booking, remove_item, renew_hold
from bookings.services.lifecycle import start_checkout
from payments.cancellations import plan_cancellation
from payments.credit import quote_credit
from payments.methods import Method
from payments.models import Payment, Voucher
from payments.offers import Offer
from payments.services import settling
from payments.services.cancelling import cancel_under_policy
from payments.services.checkout import pay_with_credit, start_payment
from tests.world.ground import Ground, contact_of, pick

BY_CARD = Offer(method=Method.CARD, gateway="sandbox")


class Customers(Ground):
    def hold(self, customer: int, which: int) -> None:
        booking = hold_places(
            event_session_id=self.event_session.pk,
            seat_ids=self.seat_ids[which : which + 2],
            standing={self.floor: which % 2},
            booking_id=self.baskets.get(customer),
            buyer=None,
            now=self.now,
        )
        self.baskets[customer] = booking.pk

    def renew(self, customer: int, which: int) -> None:
        if basket := self.baskets.get(customer):
            renew_hold(booking_id=basket, now=self.now)

    def release(self, customer: int, which: int) -> None:
        if basket := self.baskets.get(customer):
            release_booking(booking_id=basket, now=self.now)

    def remove(self, customer: int, which: int) -> None:
        if basket := self.baskets.get(customer):
            item_ids = Booking.objects.get(pk=basket).items.order_by("pk").values_list("pk", flat=True)
            if item_id := pick(list(item_ids), which):
                remove_item(booking_id=basket, item_id=item_id, now=self.now)

    def go_to_payment(self, customer: int, which: int) -> None:
        """To the provider's page, for a card or a bank transfer."""
        self._start_payment(customer, Offer(method=(Method.CARD, Method.BANK)[which % 2], gateway="sandbox"))

    def pay_with_saved(self, customer: int, which: int) -> None:
        card = self.cards[which % len(self.cards)]
        self._start_payment(customer, Offer(method=Method.CARD, gateway="sandbox", saved=card))

    def pay_with_credit(self, customer: int, which: int) -> None:
        """All of it, or as much as there is and the rest by card."""
        voucher = pick(list(Voucher.objects.order_by("-pk")), which)
        basket = self.baskets.get(customer)
        if voucher is None or basket is None:
            return
        booking = start_checkout(booking_id=basket, contact=contact_of(customer), buyer=None, now=self.now)
        total = summarise(booking).total
        use = quote_credit(voucher, booking, total, self.now)
        if use.amount == total:
            pay_with_credit(booking_id=basket, credit=use, now=self.now)
        else:
            start_payment(booking_id=basket, offer=BY_CARD, credit=use, now=self.now)

    def _start_payment(self, customer: int, offer: Offer) -> None:
        if basket := self.baskets.get(customer):
            start_checkout(booking_id=basket, contact=contact_of(customer), buyer=None, now=self.now)
            start_payment(booking_id=basket, offer=offer, now=self.now)

    def cancel_under_policy(self, customer: int, which: int) -> None:
        """One ticket, or all of them, for what the page has shown."""
        if booking := self._booking(customer):
            valid = [line.item.ticket.pk for line in plan_cancellation(booking, self.now).quote.lines]
            ticket_id = pick(valid, which)
            chosen = valid if which > 2 or ticket_id is None else [ticket_id]
            plan = plan_cancellation(booking, self.now).choose(chosen)
            self._may_keep(booking.pk, plan.chosen_quote.kept)
            cancel_under_policy(
                booking_id=booking.pk,
                ticket_ids=chosen,
                back=Decimal(plan.back.amount),
                destination=self._destination(customer + which),
                now=self.now,
            )

    def come_back(self, customer: int, which: int) -> None:
        if payment := self._attempt(which):
            settling.refresh_payment(payment_id=payment.pk, now=self.now)

    def give_up(self, customer: int, which: int) -> None:
        if payment := self._attempt(which):
            settling.abandon_payment(payment_id=payment.pk, now=self.now)

    def _attempt(self, which: int) -> Payment | None:
        return pick(list(Payment.objects.at_providers().order_by("-pk")), which)

    def pay(self, customer: int, which: int) -> None:
        if page := self._page(which):
            self.provider.payments.pay(page)

    def pay_late(self, customer: int, which: int) -> None:
        """A transfer that was under way when the page was closed."""
        if page := self._page(which):
            self.provider.payments.pay(page, is_late=True)

    def decline(self, customer: int, which: int) -> None:
        if page := self._page(which):
            self.provider.payments.decline(page, "card_declined")

    def pay_slowly(self, customer: int, which: int) -> None:
        self.provider.controls.slow_seconds = (60, 3600)[customer % 2]
        if page := self._page(which):
            self.provider.payments.delay(page)

    def _page(self, which: int) -> str | None:
        return pick([row["id"] for row in reversed(self.provider.rows("payment"))], which)
