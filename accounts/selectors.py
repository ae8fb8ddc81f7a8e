from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.db.models import Q

from accounts.models import User


def list_verified_addresses(user: User) -> list[str]:
    """The addresses of which the person has shown that mail to them reaches them."""
    return list(EmailAddress.objects.filter(user=user, verified=True).order_by("pk").values_list("email", flat=True))


def list_staff_who_may(right: str) -> list[User]:
    """Everybody who may sign in to the back office and has the right ("payments.change_refund"), by any way."""
    app_label, codename = right.split(".")
    permission = Permission.objects.filter(content_type__app_label=app_label, codename=codename)
    has_right = Q(is_superuser=True) | Q(user_permissions__in=permission) | Q(groups__permissions__in=permission)
    staff = User.objects.filter(is_active=True, is_approved=True, is_staff=True)
    return list(staff.filter(has_right).distinct().order_by("pk"))
