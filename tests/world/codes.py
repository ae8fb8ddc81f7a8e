"""Codes that take something off, as customers type them."""

from bookings.services.promo_codes import drop_promo_code, use_promo_code
from tests.world.ground import CODES, Ground


class Codes(Ground):
    def use_promo_code(self, customer: int, which: int) -> None:
        if basket := self.baskets.get(customer):
            use_promo_code(booking_id=basket, typed=CODES[which % len(CODES)], now=self.now)

    def drop_promo_code(self, customer: int, which: int) -> None:
        if basket := self.baskets.get(customer):
            drop_promo_code(booking_id=basket, now=self.now)
