"""What the page says about waiting; the browser gets the same sentences to go on with."""

from datetime import datetime, timedelta, tzinfo
from typing import Any

from django.utils.translation import gettext as _

from ticketing.dates import say_time
from waitingroom.estimate import COARSEST, LEAST_SAID, LEAST_SHARE, MOST_SHARE, STEPS, Range

HOURS_FROM = 180
# Minutes; for less, nobody goes away.
BACK_FROM = 5


def list_words() -> dict[str, Any]:
    """Sentences by name, and the figures an estimate is made with; `{...}` is filled in by whoever says it."""
    return {
        "soon": _("less than {most} minutes"),
        "minutes": _("about {least} to {most} minutes"),
        "hours": _("about {least} to {most} hours"),
        "unknown": _("The wait is not known yet."),
        "title": _("{ahead} before you"),
        "called": _("It is your turn"),
        "back": _("Be back by {clock}."),
        "told": _("{ahead} people are before you; the wait is {wait}."),
        "told_next": _("You are next."),
        "estimate": {
            "least": LEAST_SHARE,
            "most": MOST_SHARE,
            "steps": STEPS,
            "coarsest": COARSEST,
            "least_said": LEAST_SAID,
        },
        "back_from": BACK_FROM,
        "hours_from": HOURS_FROM,
    }


def say_wait(wait: Range | None) -> str:
    """ "about 25 to 40 minutes" """
    words = list_words()
    if wait is None:
        return str(words["unknown"])
    if wait.most > HOURS_FROM:
        return str(words["hours"]).format(least=wait.least // 60, most=-(-wait.most // 60))
    return str(words["minutes" if wait.least else "soon"]).format(least=wait.least, most=wait.most)


def say_back(wait: Range | None, now: datetime, zone: tzinfo) -> str:
    """ "Be back by 20:25.", where it is worth going away at all."""
    if wait is None or wait.least < BACK_FROM:
        return ""
    return str(list_words()["back"]).format(clock=say_time(now + timedelta(minutes=wait.least), zone))
