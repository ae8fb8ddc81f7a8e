from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from redis.exceptions import RedisError

from waitingroom import store
from waitingroom.errors import BypassCodeError, PassElsewhereError, QueueAwayError
from waitingroom.models import BypassCode
from waitingroom.store import Verdict
from waitingroom.tokens import Pass, Visitor


def redeem_code(*, queue_id: int, text: str, visitor: Visitor) -> Pass:
    """Let the holder of a code in beside the queue; asked again, they get the same pass and no use is lost.

    Raises BypassCodeError, PassElsewhereError, QueueAwayError, redis.RedisError.
    """
    code = BypassCode.objects.filter(queue=queue_id, code=text.strip().upper()).first()
    if code is None:
        raise BypassCodeError
    pass_id = f"b{code.pk}-{visitor.holder}"
    if not store.has_pass(queue_id, pass_id):
        take_use(code.pk, timezone.now())
    try:
        admission = store.admit(queue_id, pass_id, visitor.holder)
    except RedisError:
        # Where it was only the answer that got lost, the next try finds the pass and takes no use.
        give_use_back(code.pk)
        raise
    if admission.verdict == Verdict.ELSEWHERE:
        give_use_back(code.pk)
        raise PassElsewhereError(queue_id=queue_id)
    if admission.verdict != Verdict.ADMITTED:
        give_use_back(code.pk)
        raise QueueAwayError(queue_id=queue_id)
    return Pass(queue_id, pass_id, visitor.holder, admission.generation, admission.until_ms)


@transaction.atomic(durable=True)
def take_use(code_id: int, now: datetime) -> None:
    """One use, if there is one left. Raises BypassCodeError."""
    in_time = Q(valid_until=None) | Q(valid_until__gt=now)
    if not BypassCode.objects.filter(in_time, pk=code_id, uses__lt=F("most_uses")).update(uses=F("uses") + 1):
        raise BypassCodeError


@transaction.atomic(durable=True)
def give_use_back(code_id: int) -> None:
    BypassCode.objects.filter(pk=code_id, uses__gt=0).update(uses=F("uses") - 1)
