"""Gift vouchers: bought like anything else, given by staff, sent on their day, given back while nobody used them."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from payments.models import GiftVoucher
from payments.services.gifts import GiftWish, choose_gift, return_gift, send_due_gifts
from payments.services.giving import approve_gift, give_gift, reject_gift
from tests.world.ground import Ground


class Giving(Ground):
    def choose_gift(self, customer: int, which: int) -> None:
        booking_id = self.baskets.get(customer)
        booking = choose_gift(wish=self._wish(which), booking_id=booking_id, buyer=None, now=self.now)
        self.baskets[customer] = booking.pk

    def return_gift(self, customer: int, which: int) -> None:
        gifts = GiftVoucher.objects.filter(booking=self.baskets.get(customer), reason="").exclude(voucher=None)
        for gift in gifts:
            return_gift(booking_id=gift.booking_id, now=self.now)

    def give_gift(self, customer: int, which: int) -> None:
        """Seldom: only so much is given away."""
        if which > 3:
            give_gift(wish=self._wish(which), reason="A prize.", actor=self._staff(customer), now=self.now)

    def decide_gift(self, customer: int, which: int) -> None:
        """Above the limit by somebody else than who gives it."""
        for gift in GiftVoucher.objects.exclude(reason="").order_by("-pk")[:1]:
            decide = (approve_gift, approve_gift, reject_gift)[which % 3]
            decide(gift_id=gift.pk, actor=self._staff(customer), now=self.now)

    def _decide_gifts(self) -> None:
        for gift in GiftVoucher.objects.select_related("booking").exclude(reason=""):
            if gift.is_undecided:
                approve_gift(
                    gift_id=gift.pk, actor=self.olga if gift.given_by == self.fiona else self.fiona, now=self.now
                )

    def send_gifts(self, customer: int, which: int) -> None:
        send_due_gifts(now=self.now)

    def _wish(self, which: int) -> GiftWish:
        """For today or tomorrow, handed over or sent."""
        return GiftWish(
            amount=Decimal(10 + 20 * which),
            recipient_name="Bob",
            recipient_email="bob@example.com" if which % 2 else "",
            message="",
            deliver_on=timezone.localdate(self.now) + timedelta(days=which // 2 % 2),
        )
