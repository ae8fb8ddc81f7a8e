"""The people of the demo; all of them have the same password."""

from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group

from accounts import roles
from accounts.models import User

PASSWORD = "houselights-demo"  # noqa: S105  Printed by the demo, on purpose.


@dataclass(frozen=True, slots=True)
class Person:
    email: str
    name: str
    phone: str = ""
    roles: list[str] = field(default_factory=list)


PEOPLE = [
    Person("alice@example.com", "Alice Adler", "+43 1 5880101"),
    Person("bob@example.com", "Bob Brandt", "+49 30 5550102"),
    Person("olga@example.com", "Olga Oster", roles=[roles.ADMINISTRATOR, roles.ORGANISER]),
    Person("fiona@example.com", "Fiona Falk", roles=[roles.FINANCE]),
    Person("sam@example.com", "Sam Sattler", roles=[roles.GATE]),
    Person("sue@example.com", "Sue Sommer", roles=[roles.SUPPORT]),
]


def load_people() -> None:
    """Make those who are missing, with verified addresses; those who are there stay as they are."""
    for person in PEOPLE:
        if User.objects.filter(email=person.email).exists():
            continue
        user = User.objects.create_user(
            person.email, PASSWORD, name=person.name, phone=person.phone, is_staff=bool(person.roles)
        )
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        user.groups.set(Group.objects.get_or_create(name=role)[0] for role in person.roles)
