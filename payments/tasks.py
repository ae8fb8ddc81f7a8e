from celery import shared_task
from django.utils import timezone

from payments.services import (
    calling_off,
    credit,
    events,
    gifts,
    health,
    reconciliation,
    rescheduling,
    reselling,
    settling,
)


@shared_task(ignore_result=True)
def take_over_events() -> None:
    events.take_over_kept()


@shared_task(ignore_result=True)
def settle_unpaid_bookings() -> None:
    now = timezone.now()
    events.leave_forgotten_to_outbox(now=now)
    settling.settle_unpaid_bookings(now=now)
    settling.ask_about_open_payments(now=now)
    settling.ask_about_open_refunds(now=now)
    credit.return_stranded_credit()


@shared_task(ignore_result=True)
def settle_resales() -> None:
    reselling.settle_sold(now=timezone.now())


@shared_task(ignore_result=True)
def send_gift_vouchers() -> None:
    gifts.send_due_gifts(now=timezone.now())


@shared_task(ignore_result=True)
def check_gateways() -> None:
    health.check_gateways(now=timezone.now())


@shared_task(ignore_result=True)
def reconcile() -> None:
    reconciliation.reconcile_all(now=timezone.now())


@shared_task(ignore_result=True)
def watch_reschedulings() -> None:
    rescheduling.watch_reschedulings(now=timezone.now())


@shared_task(ignore_result=True)
def watch_call_offs() -> None:
    calling_off.watch_call_offs(now=timezone.now())
