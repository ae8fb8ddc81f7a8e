"""Work on many rows that survives a crash: chains of outbox messages deal with a few rows each.

A job (“this date is cancelled”) has a row for each thing to be done. Each message deals with BATCH of them, one
transaction a row, and publishes its next message behind what others published meanwhile, so that twenty thousand
rows hold up nobody else. A worker that dies leaves its message to the next one; a row that fails holds up no other.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from django.db import OperationalError, connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ticketing.outbox.models import Message
from ticketing.outbox.services import publish
from ticketing.transactions import retry_on_conflict

logger = logging.getLogger(__name__)

# One message deals with so many rows, well within an outbox lease.
BATCH = 25
# Chains of messages, so that two workers share the work; more would crowd out what others wait for.
CHAINS = 2


class BatchRow(models.Model):
    """One thing that a job has to do, and what became of it."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    NEXT: ClassVar[dict[str, set[str]]] = {
        Status.WAITING: {Status.DONE, Status.FAILED},
        Status.FAILED: {Status.WAITING},
        Status.DONE: set(),
    }

    status = models.CharField(_("status"), max_length=7, choices=Status, default=Status.WAITING)
    error = models.CharField(_("error"), max_length=300, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        abstract = True


Status = BatchRow.Status
Job = TypeVar("Job", bound=models.Model)
Row = TypeVar("Row", bound=BatchRow)


@dataclass(frozen=True)
class Batch(Generic[Job, Row]):
    """How one kind of job is done. The job has a `finished_at`; `link` is the rows' foreign key to it.

    `deal` does one row inside a savepoint and may set `columns` of it in memory; `note_failures` hears the job's key
    and how many rows failed when the rest is done.
    """

    topic: str
    jobs: type[Job]
    rows: type[Row]
    link: str
    columns: Sequence[str]
    deal: Callable[[Row, Job, datetime], None]
    note_failures: Callable[[int, int], None]

    def start(self, job_id: int) -> None:
        """Inner step: workers begin after the commit."""
        for _chain in range(CHAINS):
            publish(self.topic, **{f"{self.link}_id": job_id})

    def go_on(self, job_id: int) -> None:
        """Deal with the next rows, then hand on to the next message; a repeat changes nothing."""
        job = self._job(job_id)
        for _row in range(BATCH):
            if retry_on_conflict(partial(self.deal_with_next, job, timezone.now())) is None:
                self.finish(job_id, timezone.now())
                return
        publish(self.topic, **{f"{self.link}_id": job_id})

    @transaction.atomic(durable=True)
    def deal_with_next(self, job: Job, now: datetime) -> Row | None:
        """Do one row; None when none waits. One that cannot be done is noted as failed."""
        row = self._lock_next(job.pk)
        if row is None:
            return None
        try:
            with transaction.atomic():
                self.deal(row, job, now)
        except OperationalError:
            raise  # A deadlock took the whole transaction with it; the caller repeats it.
        except Exception as fault:
            logger.exception("row of a batch failed", extra={"topic": self.topic, "row_id": row.pk})
            row.refresh_from_db(fields=self.columns)
            row.status, row.error, row.done_at = Status.FAILED, f"{type(fault).__name__}: {fault}"[:300], None
        else:
            row.status, row.error, row.done_at = Status.DONE, "", now
        row.save(update_fields=["status", "error", "done_at", *self.columns])
        return row

    @transaction.atomic(durable=True)
    def finish(self, job_id: int, now: datetime) -> None:
        """Note that no row waits any more; others may still be at the last ones, and will call this after them."""
        rows = self._rows_of(job_id)
        if rows.filter(status=Status.WAITING).exists():
            return
        ended = self._jobs().filter(pk=job_id, finished_at=None).update(finished_at=now)
        if ended and (failed := rows.filter(status=Status.FAILED).count()):
            self.note_failures(job_id, failed)

    def try_again(self, job_id: int) -> int:
        """Inner step: rows that failed wait once more; returns how many."""
        count = self._rows_of(job_id).filter(status=Status.FAILED).update(status=Status.WAITING, error="")
        if self._rows_of(job_id).filter(status=Status.WAITING).exists():
            self._reopen(job_id)
            self.start(job_id)
        return count

    def wake(self, job: Any, *, has_new: bool) -> None:
        """Inner step: begin anew where rows were added, or where the job's messages were lost."""
        if has_new:
            self._reopen(job.pk)
        is_idle = not Message.objects.filter(topic=self.topic, sent_at=None).exists()
        if has_new or (is_idle and job.finished_at is None):
            self.start(job.pk)

    def _lock_next(self, job_id: int) -> Row | None:
        """The next row that waits, passing over those that other workers are at."""
        can_skip = connection.features.has_select_for_update_skip_locked
        waiting = self._rows_of(job_id).filter(status=Status.WAITING)
        return waiting.order_by("pk").select_for_update(skip_locked=can_skip).first()

    def _reopen(self, job_id: int) -> None:
        self._jobs().filter(pk=job_id).update(finished_at=None)

    def _job(self, job_id: int) -> Job:
        return self._jobs().get(pk=job_id)

    def _jobs(self) -> models.QuerySet[Job]:
        return self.jobs._default_manager.all()

    def _rows_of(self, job_id: int) -> models.QuerySet[Row]:
        return self.rows._default_manager.filter(**{self.link: job_id})
