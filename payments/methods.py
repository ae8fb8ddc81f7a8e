from django.db import models
from django.utils.translation import gettext_lazy as _


class Method(models.TextChoices):
    """What a customer chooses to pay with; which company stands behind it is not their concern."""

    CARD = "card", _("Card")
    UPI = "upi", _("UPI")
    NETBANKING = "netbanking", _("Net banking")
    WALLET = "wallet", _("Wallet")
    BANK = "bank", _("Bank transfer")
    CREDIT = "credit", _("Credit")
