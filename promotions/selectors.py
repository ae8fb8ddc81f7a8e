from promotions.errors import PromoCodeUnknownError
from promotions.models import PromoCode, read_code


def find_promo_code(typed: str) -> PromoCode:
    """By what people type. Raises PromoCodeUnknownError, also for one that was switched off."""
    code = PromoCode.objects.filter(code=read_code(typed), is_active=True).first()
    if code is None:
        raise PromoCodeUnknownError
    return code
