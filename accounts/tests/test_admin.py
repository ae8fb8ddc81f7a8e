import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts.models import User
from accounts.roles import ADMINISTRATOR

pytestmark = pytest.mark.django_db
USERS = reverse("admin:accounts_user_changelist")


@pytest.fixture
def administrator():
    person = User.objects.create_user("ada@example.com", is_staff=True)
    person.groups.add(Group.objects.get(name=ADMINISTRATOR))
    return person


def page_of(person):
    return reverse("admin:accounts_user_change", args=[person.pk])


def test_strangers_are_sent_to_the_sign_in_that_everyone_uses(client):
    response = client.get(reverse("admin:index"))

    assert response.status_code == 302
    sign_in = client.get(response.url)
    assert sign_in.url == f"{reverse('account_login')}?next=%2Fadmin%2F"


def test_a_buyer_does_not_get_into_the_back_office(client):
    client.force_login(User.objects.create_user("alice@example.com"))

    response = client.get(reverse("admin:index"), follow=True)

    assert response.status_code == 403


def test_the_back_office_runs_no_inline_script(client, administrator):
    client.force_login(administrator)

    policy = client.get(reverse("admin:index")).headers["Content-Security-Policy"]

    scripts = [directive for directive in policy.split("; ") if directive.startswith("script-src")]
    assert scripts == ["script-src 'self' 'unsafe-eval'"]


def test_an_administrator_approves_those_who_wait(client, administrator):
    waiting = User.objects.create_user("wanda@example.com", is_approved=False)
    client.force_login(administrator)

    response = client.post(
        USERS, {"action": "approve_selected", "_selected_action": [waiting.pk, administrator.pk]}, follow=True
    )

    waiting.refresh_from_db()
    assert waiting.is_approved
    assert "1 person may sign in now." in response.content.decode()


def test_an_administrator_adds_a_person(client, administrator):
    client.force_login(administrator)

    client.post(
        reverse("admin:accounts_user_add"),
        {
            "email": "Olga@Example.com",
            "name": "Olga",
            "usable_password": "true",
            "password1": "curtain-call-7",
            "password2": "curtain-call-7",
        },
    )

    assert User.objects.get(email="olga@example.com").check_password("curtain-call-7")


def test_an_administrator_cannot_make_anyone_a_superuser(client, administrator):
    client.force_login(administrator)

    said = {"email": administrator.email, "name": "Ada", "is_staff": "on", "is_active": "on", "is_superuser": "on"}
    response = client.post(page_of(administrator), said)

    administrator.refresh_from_db()
    assert response.status_code == 302
    assert administrator.name == "Ada"
    assert not administrator.is_superuser


def test_an_administrator_cannot_change_a_superuser(client, administrator):
    root = User.objects.create_superuser("root@example.com", name="Root")
    client.force_login(administrator)

    response = client.post(page_of(root), {"email": "mine@example.com", "name": "Root"})

    root.refresh_from_db()
    assert response.status_code == 403
    assert root.email == "root@example.com"


def test_an_administrator_cannot_set_a_superusers_password(client, administrator):
    root = User.objects.create_superuser("root@example.com", "curtain-call-7")
    client.force_login(administrator)

    response = client.post(
        reverse("admin:auth_user_password_change", args=[root.pk]),
        {"password1": "taken-over-99", "password2": "taken-over-99"},
    )

    root.refresh_from_db()
    assert response.status_code == 403
    assert root.check_password("curtain-call-7")
