from xml.etree import ElementTree as ET

import pytest

from events.models import Event
from events.posters.drawing import BANNER, CARD, SIZES, draw_poster, draw_type_tile, fit, poster_url
from events.posters.motifs import MOTIFS
from tests.factories import make_event

TITLES = [
    "Hamlet",
    "Nocturne in Blue: The Piano Music of Gabriel Fauré",
    "Donau" * 30,
    "a " * 120,
    "<&>\"'",
    "交響曲第九番",
]


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("shape", [CARD, BANNER])
def test_any_title_gives_well_formed_and_repeatable_drawing(title, shape):
    drawing = draw_poster(title, "Concert", "concert", shape)

    ET.fromstring(drawing)
    assert drawing == draw_poster(title, "Concert", "concert", shape)


@pytest.mark.parametrize("slug", [*MOTIFS, "anything", "open-air-concerts"])
def test_every_type_has_its_motif(slug):
    ET.fromstring(draw_type_tile(slug))
    ET.fromstring(draw_poster("Title", slug, slug))


def test_short_titles_are_large_and_long_ones_fit():
    assert fit("Hamlet", width=1056, most_lines=3)[0] == SIZES[0]
    size, lines = fit("word " * 200, width=1056, most_lines=3)
    assert (size, len(lines)) == (SIZES[-1], 3)


@pytest.mark.django_db
def test_the_poster_may_be_kept_for_ever_because_its_address_changes_with_it(client):
    event = make_event("Hamlet", status=Event.Status.PUBLISHED)
    before = poster_url(event)

    response = client.get(before)
    event.title = "Macbeth"

    assert response.headers["Content-Type"] == "image/svg+xml"
    assert "immutable" in response.headers["Cache-Control"]
    assert not response.cookies
    assert poster_url(event) != before


@pytest.mark.django_db
def test_a_draft_has_no_poster(client):
    assert client.get(poster_url(make_event())).status_code == 404


@pytest.mark.django_db
def test_robots_and_sitemap_name_what_is_public(client):
    shown = make_event("Hamlet", status=Event.Status.PUBLISHED)
    hidden = make_event("Secret")

    sitemap = client.get("/sitemap-events.xml").content.decode()

    assert "Disallow: /basket/" in client.get("/robots.txt").content.decode()
    assert "sitemap-events.xml" in client.get("/sitemap.xml").content.decode()
    assert shown.get_absolute_url() in sitemap
    assert hidden.get_absolute_url() not in sitemap
