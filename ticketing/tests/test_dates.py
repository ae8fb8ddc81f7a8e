from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template

from ticketing.dates import say_day, say_moment

VIENNA = ZoneInfo("Europe/Vienna")


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2031, 3, 30, 0, 30, tzinfo=UTC), "Sun 30 March 2031, 01:30"),
        (datetime(2031, 3, 30, 1, 30, tzinfo=UTC), "Sun 30 March 2031, 03:30"),
        (datetime(2031, 6, 13, 22, 30, tzinfo=UTC), "Sat 14 June 2031, 00:30"),
    ],
)
def test_moments_are_said_in_the_venues_zone_across_daylight_saving(moment, said):
    assert say_moment(moment, VIENNA) == said


def test_this_year_goes_without_saying():
    this_year = datetime.now(VIENNA).replace(month=6, day=14)

    assert str(this_year.year) not in say_day(this_year, VIENNA)


def test_the_tag_gives_machines_the_offset():
    template = Template("{% load dates %}{% time_tag moment zone %}")

    html = template.render(Context({"moment": datetime(2031, 6, 14, 18, 0, tzinfo=UTC), "zone": VIENNA}))

    assert html == '<time datetime="2031-06-14T20:00:00+02:00">Sat 14 June 2031, 20:00</time>'
