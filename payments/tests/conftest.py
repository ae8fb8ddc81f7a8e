"""Stand-ins for the real providers, a payment at each, a customer with an account, and what was sold to a guest."""

import pytest
from django.utils import timezone

from payments.invariants import find_breaches
from tests.customer import Customer
from tests.factories import make_confirmed_booking, make_event, make_event_session, make_user
from tests.razorpay_news import hear, now_of
from tests.razorpay_stand_in import run_razorpay
from tests.stripe_stand_in import run_stripe


@pytest.fixture(scope="session")
def running_stripe():
    with run_stripe() as stand_in:
        yield stand_in


@pytest.fixture
def stripe(running_stripe, settings):
    running_stripe.apply_to(settings)
    running_stripe.requests.clear()
    running_stripe.failures.clear()
    running_stripe.failing.clear()
    return running_stripe


@pytest.fixture
def razorpay(settings):
    settings.ADMINS = [("Olga", "olga@example.com")]
    with run_razorpay() as stand_in:
        stand_in.apply_to(settings)
        yield stand_in


@pytest.fixture
def rupee_session():
    event = make_event(currency="INR")
    return make_event_session("A1 A2", event=event, now=timezone.now(), price="900.00")


@pytest.fixture
def payer(client, razorpay):
    return Customer(client)


@pytest.fixture
def link(payer, rupee_session):
    """A payment whose page is one of Razorpay's payment links."""
    payer.hold(rupee_session, "A1 A2")
    assert payer.pay_button(method="upi").status_code == 302
    return payer.payment


@pytest.fixture
def paid_link(client, razorpay, link):
    money = razorpay.pay(link.provider_id)
    hear(client, razorpay.news("payment_link.paid", link.provider_id, payment=money))
    return now_of(link)


@pytest.fixture
def user():
    return make_user("alice")


@pytest.fixture
def alice(client, user):
    client.force_login(user)
    return Customer(client)


@pytest.fixture
def event_session():
    return make_event_session("A1 A2", now=timezone.now())


@pytest.fixture
def event():
    return make_event()


@pytest.fixture
def booking(event_session):
    """A1 and A2 of a session of the module's own, which it plans from NOON."""
    return make_confirmed_booking(event_session, "A1 A2")


@pytest.fixture
def books_close():
    yield
    assert not list(find_breaches())
