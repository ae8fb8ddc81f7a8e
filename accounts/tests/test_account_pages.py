import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth.models import Permission
from django.urls import reverse

from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(client):
    user = make_user("ada")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    return user


@pytest.fixture
def _confirmed(client, user):
    """The second factor's pages ask for the password once more."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def current_code(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("account_login", "Welcome back"),
        ("account_signup", "Create an account"),
        ("account_reset_password", "Forgotten your password?"),
        ("account_reset_password_done", "Look into your mail"),
        ("account_reset_password_from_key_done", "Your password is changed"),
        ("account_email_verification_sent", "One more step"),
        ("account_inactive", "This account is closed"),
        ("accounts:awaiting_approval", "Almost there"),
    ],
)
def test_pages_for_strangers(client, name, said):
    html = client.get(reverse(name)).content.decode()

    assert said in html
    assert 'class="site-header' in html


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("accounts:profile", "Your profile"),
        ("account_email", "ada@example.com"),
        ("account_change_password", "Change Password"),
        ("account_logout", "Sign out?"),
        ("mfa_index", "Authenticator App"),
        ("account_reauthenticate", "Confirm Access"),
    ],
)
def test_pages_of_ones_own_account(client, user, name, said):
    html = client.get(reverse(name)).content.decode()

    assert said in html
    assert 'class="site-header' in html


def test_the_profile_is_saved_and_a_wrong_phone_is_explained(client, user):
    address = reverse("accounts:profile")

    wrong = client.post(address, {"name": "Ada L.", "phone": "12"})
    right = client.post(address, {"name": "Ada L.", "phone": "+436601234567"}, follow=True)

    assert wrong.status_code == 422
    assert 'value="Ada L."' in wrong.content.decode()
    assert 'id="id_phone_error"' in wrong.content.decode()
    assert "Saved." in right.content.decode()
    user.refresh_from_db()
    assert (user.name, str(user.phone)) == ("Ada L.", "+436601234567")


@pytest.mark.usefixtures("_confirmed")
def test_a_second_factor_is_set_up_asked_for_and_backed_by_codes(client, user):
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    assert "data:image/svg+xml" in page
    secret = re.search(r'id="authenticator_secret"[^>]*value="([A-Z2-7]+)"', page)[1]

    codes = client.post(reverse("mfa_activate_totp"), {"code": current_code(secret)}, follow=True)
    assert "Recovery Codes" in codes.content.decode()
    assert client.get(reverse("mfa_view_recovery_codes")).status_code == 200
    assert client.get(reverse("mfa_generate_recovery_codes")).status_code == 200
    assert "Deactivate" in client.get(reverse("mfa_deactivate_totp")).content.decode()
    assert "data:image/svg+xml" in page

    client.post(reverse("account_logout"))
    asked = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD}, follow=True)
    assert "Two-Factor Authentication" in asked.content.decode()
    assert "Ada" not in client.get(reverse("accounts:menu")).content.decode()


def test_staff_pages_wait_for_the_second_factor_where_it_is_asked_for(client, user, settings):
    settings.STAFF_NEED_MFA = True

    assert client.get("/admin/").headers["Location"] == reverse("mfa_activate_totp")

    TOTP.activate(user, generate_totp_secret())
    assert get_adapter().is_mfa_enabled(user)
    assert client.get("/admin/").headers["Location"] != reverse("mfa_activate_totp")


def test_the_menu_is_private_and_shows_what_the_person_may_do(client, user):
    menu = reverse("accounts:menu")
    plain = client.get(menu)
    assert "no-store" in plain.headers["Cache-Control"]
    assert "Back office" not in plain.content.decode()
    assert "Scan tickets" not in plain.content.decode()

    user.is_staff = True
    user.save(update_fields=["is_staff"])
    user.user_permissions.add(Permission.objects.get(codename="add_scan"))
    staff = client.get(menu).content.decode()
    assert "Back office" in staff
    assert "Scan tickets" in staff


def test_the_menu_lights_the_basket_when_there_is_one(client):
    assert "menu__item--lit" not in client.get(reverse("accounts:menu")).content.decode()

    client.cookies["basket"] = "a-key"

    assert "menu__item--lit" in client.get(reverse("accounts:menu")).content.decode()


def test_messages_reach_public_pages_with_the_menu(client, user):
    client.post(reverse("account_logout"))

    assert 'hx-swap-oob="true"' in client.get(reverse("accounts:menu")).content.decode()
    assert 'hx-swap-oob="true"' not in client.get(reverse("accounts:menu")).content.decode()
