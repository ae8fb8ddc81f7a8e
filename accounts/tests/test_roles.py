import pytest
from django.contrib.auth.models import Group

from accounts.models import User
from accounts.roles import ADMINISTRATOR, FINANCE, GATE, ORGANISER, SUPPORT

pytestmark = pytest.mark.django_db

MAY = {
    ORGANISER: {
        "venues.add_venue",
        "venues.add_seatingplan",
        "events.add_event",
        "events.change_eventsession",
        "events.change_pricetier",
        "bookings.view_booking",
        "bookings.export_booking",
    },
    FINANCE: {"bookings.view_booking", "payments.view_payment", "payments.view_refund", "payments.export_refund"},
    GATE: {"scanner.add_scan", "scanner.view_scan", "events.view_eventsession", "bookings.view_ticket"},
    SUPPORT: {"bookings.change_booking", "bookings.view_ticket", "payments.view_payment"},
}
MAY_NOT = {
    ORGANISER: {"payments.view_payment", "bookings.change_booking", "accounts.view_user", "scanner.add_scan"},
    FINANCE: {"events.view_event", "bookings.change_booking", "scanner.view_scan", "venues.view_venue"},
    GATE: {"bookings.view_booking", "events.change_eventsession", "payments.view_payment"},
    SUPPORT: {"events.change_event", "bookings.export_booking", "bookings.add_booking", "payments.export_payment"},
}


def make_member(role):
    person = User.objects.create_user(f"{role.lower()}@example.com", is_staff=True)
    person.groups.add(Group.objects.get(name=role))
    return person


@pytest.mark.parametrize("role", MAY)
def test_a_role_may_do_its_work_and_nothing_beside_it(role):
    person = make_member(role)

    assert {permission for permission in MAY[role] if not person.has_perm(permission)} == set()
    assert {permission for permission in MAY_NOT[role] if person.has_perm(permission)} == set()


def test_finance_looks_exports_and_decides_on_money_only():
    decides = {
        "add_refund",
        "change_refund",
        "change_discrepancy",
        "change_voucher",
        "add_reconciliation",
        "add_giftvoucher",
        "change_giftvoucher",
    }

    codenames = set(Group.objects.get(name=FINANCE).permissions.values_list("codename", flat=True))

    assert {codename.split("_")[0] for codename in codenames - decides} == {"view", "export"}


def test_an_administrator_may_do_everything_the_other_roles_may():
    person = make_member(ADMINISTRATOR)

    assert person.has_perms({permission for permissions in MAY.values() for permission in permissions})
    assert person.has_perm("accounts.change_user")
    assert person.has_perm("django_celery_beat.change_periodictask")
