"""How far work on many bookings has got, while workers are at it; everything is counted afresh."""

from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from django.db.models import Count, Model, QuerySet
from django.utils.functional import cached_property

from notifications.models import Notification
from ticketing.batches import BatchRow

JobT = TypeVar("JobT", bound=Model)
# Enough to look at some of them; the number says how many there are.
MOST_NAMED = 10


@dataclass(frozen=True)
class BatchProgress(Generic[JobT]):
    """Of one job: its rows are of `row_model`, and point at it by `link`.

    The keys of its mails begin with `mail_prefix`; `to_be_told` are the rows whose customers get one.
    """

    job: JobT
    row_model: ClassVar[type[BatchRow]]
    link: ClassVar[str]

    @property
    def mail_prefix(self) -> str:
        raise NotImplementedError

    @property
    def to_be_told(self) -> QuerySet[Any]:
        raise NotImplementedError

    @property
    def rows(self) -> QuerySet[Any]:
        return self.row_model._default_manager.filter(**{self.link: self.job})

    @cached_property
    def counts(self) -> dict[str, int]:
        return dict(self.rows.order_by().values_list("status").annotate(count=Count("pk")))

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        return self.counts.get(BatchRow.Status.DONE, 0)

    @property
    def waiting(self) -> int:
        return self.counts.get(BatchRow.Status.WAITING, 0)

    @cached_property
    def failed(self) -> list[Any]:
        return list(self.rows.filter(status=BatchRow.Status.FAILED).select_related("booking")[:MOST_NAMED])

    @property
    def failed_count(self) -> int:
        return self.counts.get(BatchRow.Status.FAILED, 0)

    @cached_property
    def mails(self) -> dict[str, int]:
        # Case folded or not, the keys are digits; only this lookup lets MySQL use the unique index.
        mine = Notification.objects.filter(dedupe_key__istartswith=self.mail_prefix).order_by()
        return dict(mine.values_list("status").annotate(count=Count("pk")))

    @property
    def told(self) -> int:
        return self.mails.get(Notification.Status.SENT, 0)

    @property
    def unreached(self) -> int:
        """Whose mail the server did not take, so far or for good."""
        return self.mails.get(Notification.Status.FAILED, 0)

    @cached_property
    def untold(self) -> int:
        """Those who have an address, and to whom no mail was tried yet."""
        return max(self.to_be_told.exclude(booking__email="").count() - self.told - self.unreached, 0)

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 100

    @property
    def is_moving(self) -> bool:
        return bool(self.waiting or (self.untold and not self.failed_count))

    @property
    def can_be_resumed(self) -> bool:
        return bool(self.failed_count)
