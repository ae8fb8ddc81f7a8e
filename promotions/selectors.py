from datetime import datetime

from events.models import EventSession, PriceTier
from promotions.errors import PromoCodeUnknownError
from promotions.models import PromoCode, read_code


def is_open_to(code: PromoCode | None, tier: PriceTier, event_session: EventSession, now: datetime) -> bool:
    """Whether such a place is anybody's, or this code's; needs the tier's category loaded where there is a code."""
    is_early = now < event_session.booking_opens_at
    is_closed = tier.is_hidden or is_early
    return not is_closed or (code is not None and code.opens(tier, event_session, is_early=is_early))


def find_promo_code(typed: str) -> PromoCode:
    """By what people type. Raises PromoCodeUnknownError, also for one that was switched off."""
    code = PromoCode.objects.filter(code=read_code(typed), is_active=True).first()
    if code is None:
        raise PromoCodeUnknownError
    return code
