from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from functools import partial
from socket import socket
from threading import Barrier, Event, Thread

import pytest
from aiosmtpd.controller import Controller
from django.core import mail
from django.db import connection
from django.utils import timezone

from notifications import services
from notifications.errors import NotSentError, SendingElsewhereError
from notifications.models import Notification
from notifications.services import Attachment, send_email

ALICE = "alice@example.com"
send = partial(
    send_email, dedupe_key="confirmed:1", kind="bookings.confirmed", recipient=ALICE, subject="Yes", text="!"
)


class PostOffice:
    """A real SMTP server that keeps what it gets, or answers what it is told to."""

    def __init__(self) -> None:
        self.mails = []
        self.answer_recipient = "250 OK"
        self.answer_data = "250 OK"
        self.reached = Event()
        self.may_answer = Event()
        self.may_answer.set()

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        if self.answer_recipient.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.answer_recipient

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.reached.set()
        while not self.may_answer.is_set():
            await server.loop.run_in_executor(None, self.may_answer.wait, 0.05)
        if self.answer_data.startswith("2"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.answer_data


def find_free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def post_office(settings) -> Iterator[PostOffice]:
    office = PostOffice()
    controller = Controller(office, hostname="127.0.0.1", port=find_free_port(), ready_timeout=60)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = controller.port
    yield office
    office.may_answer.set()
    controller.stop()


@pytest.mark.django_db
def test_a_mail_arrives_with_words_pictures_and_attachments(post_office):
    send(
        subject="Your tickets: Grüße",
        text="plain",
        html="<p>rich</p>",
        attachments=[Attachment("a.pdf", b"%PDF", "application/pdf")],
    )

    [got] = post_office.mails
    assert got["To"] == ALICE
    assert got["Subject"] == "Your tickets: Grüße"
    assert got["Auto-Submitted"] == "auto-generated"
    assert got.get_body(["plain"]).get_content().strip() == "plain"
    assert got.get_body(["html"]).get_content().strip() == "<p>rich</p>"
    [pdf] = got.iter_attachments()
    assert (pdf.get_filename(), pdf.get_content_type(), pdf.get_content()) == ("a.pdf", "application/pdf", b"%PDF")
    notification = Notification.objects.get()
    assert notification.status == Notification.Status.SENT
    assert notification.sent_at is not None


@pytest.mark.django_db
def test_a_repeat_sends_nothing(post_office):
    send()
    send()
    assert len(post_office.mails) == 1
    assert Notification.objects.count() == 1


@pytest.mark.django_db
def test_other_keys_are_other_mails_with_other_ids(post_office):
    send()
    send(dedupe_key="confirmed:2")
    first, second = post_office.mails
    assert first["Message-ID"] != second["Message-ID"]


@pytest.mark.django_db
@pytest.mark.parametrize("answer", ["451 try later", "554 alice@example.com looks like spam"])
def test_a_failing_server_is_noted_without_personal_data_and_tried_again(post_office, answer):
    post_office.answer_data = answer
    with pytest.raises(NotSentError) as refusal:
        send()

    notification = Notification.objects.get()
    assert notification.status == Notification.Status.FAILED
    assert notification.error == f"SMTPDataError {answer[:3]}"
    assert ALICE not in str(refusal.value)
    # Nothing chained either: the outbox logs the whole traceback.
    assert refusal.value.__suppress_context__

    post_office.answer_data = "250 OK"
    send()
    notification.refresh_from_db()
    assert (notification.status, notification.error) == (Notification.Status.SENT, "")
    assert len(post_office.mails) == 1


@pytest.mark.django_db
def test_an_address_that_the_server_refuses_for_now_is_tried_again(post_office):
    post_office.answer_recipient = "450 greylisted"
    with pytest.raises(NotSentError):
        send()


@pytest.mark.django_db
def test_an_address_that_does_not_exist_is_noted_and_not_tried_for_ever(post_office):
    post_office.answer_recipient = "550 no such user"
    send()
    notification = Notification.objects.get()
    assert notification.status == Notification.Status.FAILED
    assert notification.error == "SMTPRecipientsRefused 550"


@pytest.mark.django_db
def test_a_server_that_is_away_is_a_failure_like_any_other(settings, post_office):
    settings.EMAIL_PORT = 9
    with pytest.raises(NotSentError, match="ConnectionRefusedError"):
        send()


@pytest.mark.django_db
def test_a_line_break_in_a_subject_smuggles_no_header_in():
    with pytest.raises(NotSentError, match="BadHeaderError"):
        send(subject="Hi\nBcc: eve@example.com")
    assert not mail.outbox


@pytest.mark.django_db
def test_a_claim_of_a_worker_that_died_ends_with_its_lease(post_office):
    Notification.objects.create(dedupe_key="confirmed:1", claimed_until=timezone.now() + timedelta(seconds=30))
    with pytest.raises(SendingElsewhereError):
        send()
    assert not post_office.mails

    Notification.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    send()
    assert len(post_office.mails) == 1


@pytest.mark.django_db(transaction=True)
def test_six_workers_with_the_same_mail_send_it_once(post_office):
    barrier = Barrier(6)
    outcomes = []

    def work():
        barrier.wait()
        try:
            send()
        except SendingElsewhereError as refusal:
            outcomes.append(refusal)
        else:
            outcomes.append("done")
        finally:
            connection.close()

    workers = [Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(post_office.mails) == 1
    assert "done" in outcomes
    assert len(outcomes) == 6


@pytest.mark.django_db(transaction=True)
def test_a_second_worker_is_turned_away_while_the_first_waits_for_the_server(post_office):
    post_office.may_answer.clear()
    first = Thread(target=lambda: (send(), connection.close()))
    first.start()
    assert post_office.reached.wait(60)

    with pytest.raises(SendingElsewhereError):
        send()

    post_office.may_answer.set()
    first.join()
    send()
    assert len(post_office.mails) == 1


def test_a_lease_outlives_the_slowest_answer(settings):
    assert services.claim_notification.__globals__["LEASE"] > timedelta(seconds=settings.EMAIL_TIMEOUT) * 2
