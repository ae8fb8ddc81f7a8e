from collections.abc import Iterable
from itertools import groupby

from django.utils.translation import gettext as _

from bookings.models import Place


def label_together(places: Iterable[Place]) -> str:
    """“Stalls, row C, seats 5, 6; Stalls, row D, seat 7”; needs section and seat loaded, row by row."""
    labels = []
    for (section, row), group in groupby(places, key=lambda place: (place.section.name, place.seat and place.seat.row)):
        members = list(group)
        if len(members) == 1:
            labels.append(members[0].label)
            continue
        numbers = ", ".join(place.seat.number for place in members if place.seat)
        labels.append(
            _("%(section)s, row %(row)s, seats %(numbers)s") % {"section": section, "row": row, "numbers": numbers}
        )
    return "; ".join(labels)
