from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "jcb": "JCB", "unionpay": "UnionPay"}


class SavedMethod(models.Model):
    """A way to pay that a provider keeps for a customer: never a card's number, and its token only encrypted."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_methods", verbose_name=_("user")
    )
    gateway = models.CharField(_("gateway"), max_length=20)
    # The provider's page it was typed into: looking at that page twice saves it once.
    page_id = models.CharField(_("provider's page"), max_length=100)
    locked_token = models.TextField(_("encrypted token"), editable=False)
    brand = models.CharField(_("brand"), max_length=20)
    last_four = models.CharField(_("last digits"), max_length=4)
    expiry_month = models.PositiveSmallIntegerField(_("expiry month"), null=True)
    expiry_year = models.PositiveSmallIntegerField(_("expiry year"), null=True)
    name = models.CharField(_("name"), max_length=40, blank=True)
    is_default = models.BooleanField(_("proposed first"), default=False)
    created_at = models.DateTimeField(_("saved"))

    class Meta:
        verbose_name = _("saved way to pay")
        verbose_name_plural = _("saved ways to pay")
        ordering = ["-is_default", "-pk"]
        constraints = [models.UniqueConstraint(fields=["gateway", "page_id"], name="saved_method_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.digits})" if self.name else self.digits

    @property
    def digits(self) -> str:
        """Brand and last digits, such as Visa ···· 4242."""
        return f"{BRANDS.get(self.brand, self.brand.title())} ···· {self.last_four}"

    def is_expired(self, today: date) -> bool:
        """Cards are good to the end of the month printed on them."""
        if self.expiry_year is None or self.expiry_month is None:
            return False
        return (self.expiry_year, self.expiry_month) < (today.year, today.month)
