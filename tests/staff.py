"""The people of the back office."""

from typing import Any

from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from tests.factories import make_user


def make_staff(role: str, name: str = "", **fields: Any) -> User:
    """Called like the role, unless a name is given."""
    person = make_user(name or role.lower(), is_staff=True, **fields)
    person.groups.add(Group.objects.get(name=role))
    return person


def sign_in(client: Client, role: str, name: str = "", **fields: Any) -> User:
    """Somebody new of this role, whose browser it is from now on."""
    person = make_staff(role, name, **fields)
    client.force_login(person)
    return person
