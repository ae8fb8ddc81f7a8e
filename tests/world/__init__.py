"""A few customers around five seats and three standing places, their provider, the workers, staff, and one clock.

Every action is what one process does: it may die at any step (tests.troubles), and repeating it must do no harm.
Numbers choose customers, payments, events and so on; what is not there is not done.
"""

from datetime import timedelta

from bookings.models import Booking, Rescheduling
from bookings.services.sweeping import release_lapsed_holds
from payments.models import CallOff, Payment, ProviderEvent, Refund
from payments.services import settling
from payments.services.calling_off import watch_call_offs
from payments.services.credit import return_stranded_credit
from payments.services.events import leave_forgotten_to_outbox
from payments.services.reconciliation import reconcile
from payments.services.refunds import retry_refund
from tests.customer import take_over_events
from tests.factories import NOON
from tests.world.changing import Changing
from tests.world.codes import Codes
from tests.world.customers import Customers
from tests.world.giving import Giving
from tests.world.ground import REFUSALS, make_house, prepare
from tests.world.moving import Moving
from tests.world.passing_on import PassingOn
from tests.world.provider import AtTheProvider
from tests.world.staff import Staff
from tests.world.waiting import Waiting
from ticketing.outbox.models import Message
from ticketing.outbox.tasks import deliver_outbox

__all__ = ["REFUSALS", "World", "make_house", "prepare"]


class World(Customers, Changing, Codes, Giving, PassingOn, Waiting, AtTheProvider, Staff, Moving):
    """Everybody, the workers and time included."""

    def work(self, customer: int, which: int) -> None:
        take_over_events()
        deliver_outbox()

    def leave_to_outbox(self, customer: int, which: int) -> None:
        leave_forgotten_to_outbox(now=self.now)

    def release_lapsed(self, customer: int, which: int) -> None:
        release_lapsed_holds(now=self.now)

    def settle(self, customer: int, which: int) -> None:
        settling.settle_unpaid_bookings(now=self.now)

    def return_credit(self, customer: int, which: int) -> None:
        return_stranded_credit()

    def reconcile(self, customer: int, which: int) -> None:
        """What is under way differs for a while, and may be noted; in the end it has to be found to agree."""
        reconcile("sandbox", since=NOON - timedelta(hours=1), until=self.now + timedelta(seconds=1), now=self.now)

    def ask_about_payments(self, customer: int, which: int) -> None:
        settling.ask_about_open_payments(now=self.now)

    def ask_about_refunds(self, customer: int, which: int) -> None:
        settling.ask_about_open_refunds(now=self.now)

    def watch_call_offs(self, customer: int, which: int) -> None:
        watch_call_offs(now=self.now)

    def wait(self, customer: int, which: int) -> None:
        self.now += timedelta(minutes=4 * (which + 1))

    def wait_long(self, customer: int, which: int) -> None:
        self.now += timedelta(hours=(1, 26)[which % 2])

    def come_to_rest(self) -> None:
        """Time passes until nothing is under way; then the provider's books are compared with ours.

        What differs is repaired, as staff would, and looked at again.
        """
        for _ in range(4):
            self._end_what_began()
            self.reconcile(0, 0)
            if not self._repair_what_differs():
                return

    def _end_what_began(self) -> None:
        """The provider is back, what it said arrives, workers run and staff decide what is theirs."""
        self.come_up(0, 0)
        self.provider.controls.fail_refunds = 0
        # A page for a saved card stays open for a day; what it pays too late is offered to all who wait, in turn.
        for minutes in (61, 61, 61, 61, 26 * 60, 61, 61, 61, 61):
            self.now += timedelta(minutes=minutes)
            self.provider.payments.settle_due()
            for event in self.provider.rows("event"):
                if event["id"] not in self.received:
                    self.provider.tell(event["body"].encode())
                    self.received.add(event["id"])
            for act in (
                self.release_lapsed,
                self.settle,
                self.ask_about_payments,
                self.ask_about_refunds,
                self.return_credit,
                self.watch_call_offs,
                self.watch_moves,
                self.send_gifts,
                self.leave_to_outbox,
                self.work,
                self.look_after_offers,
                self.resume_call_off,
                self.resume_move,
                self.work,
                self.serve_lists,
            ):
                act(0, 0)
            for refund in Refund.objects.filter(status=Refund.Status.AWAITING_APPROVAL):
                self._decide(refund)
            self._decide_gifts()
            for refund in Refund.objects.filter(status=Refund.Status.FAILED):
                retry_refund(refund_id=refund.pk)
            if self.is_at_rest():
                return

    def is_at_rest(self) -> bool:
        """Nothing is under way any more, whatever its outcome."""
        has_told_all = all(event["id"] in self.received for event in self.provider.rows("event"))
        is_open = Booking.objects.filter(status__in=[Booking.Status.HELD, Booking.Status.AWAITING_PAYMENT]).exists()
        is_owed = Refund.objects.exclude(status__in=[Refund.Status.SUCCEEDED, Refund.Status.REJECTED]).exists()
        is_owed = is_owed or CallOff.objects.filter(finished_at=None).exists()
        is_owed = is_owed or Rescheduling.objects.filter(finished_at=None).exists()
        is_owed = is_owed or ProviderEvent.objects.filter(processed_at=None).exists()
        is_pending = is_owed or Payment.objects.filter(status=Payment.Status.PENDING).exists()
        return has_told_all and not (is_open or is_pending or Message.objects.filter(sent_at=None).exists())
