import re

import pytest
from django.urls import reverse

from accounts.models import User
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

SIGN_UP = {"email": "Ada@Example.com", "name": "Ada Lovelace", "password1": PASSWORD, "password2": PASSWORD}


def link_in(mail):
    return re.search(r"https?://[^/\s]+(/\S+)", mail.body.replace("http://localhost:8000\n", ""))[1]


def sign_up_and_confirm(client, mailoutbox):
    client.post(reverse("account_signup"), SIGN_UP)
    link = link_in(mailoutbox[-1])
    assert "Is ada@example.com yours?" in client.get(link).content.decode()
    return client.post(link)


def sign_in(client, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": "ada@example.com", "password": password})


def test_from_sign_up_over_the_mail_to_the_menu_with_ones_name(client, mailoutbox):
    response = client.post(reverse("account_signup"), SIGN_UP, follow=True)
    assert "One more step: your mail" in response.content.decode()

    sign_up_and_confirm(client, mailoutbox)
    sign_in(client)

    assert User.objects.get().name == "Ada Lovelace"
    assert "Ada" in client.get(reverse("accounts:menu")).content.decode()


def test_an_address_that_is_not_confirmed_does_not_sign_in(client, mailoutbox):
    client.post(reverse("account_signup"), SIGN_UP)
    client.cookies.clear()

    sign_in(client)

    assert "Sign in" in client.get(reverse("accounts:menu")).content.decode()


def test_a_forgotten_password_is_replaced_by_mail(client, mailoutbox):
    sign_up_and_confirm(client, mailoutbox)
    client.cookies.clear()
    response = client.post(reverse("account_reset_password"), {"email": "ada@example.com"}, follow=True)
    assert "Look into your mail" in response.content.decode()
    form = client.get(link_in(mailoutbox[-1]), follow=True)
    new = "another fine horse"

    done = client.post(form.request["PATH_INFO"], {"password1": new, "password2": new}, follow=True)

    assert "Your password is changed" in done.content.decode()
    sign_in(client, password=new)
    assert "Ada" in client.get(reverse("accounts:menu")).content.decode()


def test_a_used_reset_link_offers_a_new_one(client):
    response = client.get("/account/password/reset/key/1-bad-token/")

    assert "This link no longer works" in response.content.decode()


def test_a_bad_confirmation_link_says_so(client):
    response = client.get(reverse("account_confirm_email", args=["nonsense"]))

    assert "This link no longer works" in response.content.decode()


def test_errors_stand_beside_their_fields_and_what_was_typed_stays(client):
    response = client.post(reverse("account_signup"), SIGN_UP | {"password1": "short", "password2": "short"})
    html = response.content.decode()

    assert 'id="id_password1_error"' in html
    assert 'value="Ada Lovelace"' in html


def test_where_sign_ups_need_approval_nobody_signs_in_before_it(client, mailoutbox, settings):
    settings.NEW_USERS_NEED_APPROVAL = True
    response = client.post(reverse("account_signup"), SIGN_UP)

    assert response.headers["Location"] == reverse("accounts:awaiting_approval")
    assert "Almost there" in client.get(response.headers["Location"]).content.decode()
    assert "Sign in" in client.get(reverse("accounts:menu")).content.decode()

    assert sign_in(client).headers["Location"] == reverse("accounts:awaiting_approval")

    User.objects.update(is_approved=True)
    sign_in(client)
    client.post(link_in(mailoutbox[-1]))
    sign_in(client)
    assert "Ada" in client.get(reverse("accounts:menu")).content.decode()


def test_withdrawn_approval_ends_an_open_session(client):
    user = make_user()
    client.force_login(user)
    User.objects.update(is_approved=False)

    assert "Sign in" in client.get(reverse("accounts:menu")).content.decode()
