from allauth.account.models import EmailAddress

from accounts.models import User


def list_verified_addresses(user: User) -> list[str]:
    """The addresses of which the person has shown that mail to them reaches them."""
    return list(EmailAddress.objects.filter(user=user, verified=True).order_by("pk").values_list("email", flat=True))
