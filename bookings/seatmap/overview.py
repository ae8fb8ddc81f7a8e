"""A large hall at a glance: its sections as links, with prices and places left."""

from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _

from bookings.seatmap.areas import Area, get_overview
from bookings.seatmap.figures import Figures, get_figures
from bookings.seatmap.scene import Scene, title_of


def draw_overview(scene: Scene) -> tuple[str, str]:
    """The view box and the markup."""
    overview = get_overview(scene.parts)
    figures = get_figures(scene)
    areas = "".join(draw_area(scene, area, figures) for area in overview.areas)
    return overview.view_box, overview.background + areas


def draw_area(scene: Scene, area: Area, figures: Figures) -> str:
    section, title = area.section, title_of(area.section)
    categories = scene.parts.categories_of(section)
    offers = [scene.offers_by_category[each] for each in categories if each in scene.offers_by_category]
    if not offers:  # Nothing of it is on sale.
        return f'<polygon class="plan-shape" points="{area.points}"/>'
    left = figures.left.get(section.pk, 0)
    lowest = min(offers, key=lambda offer: offer.price.amount)
    # First what is written on it, for people who say what they see.
    text = _("%(section)s, %(left)s places left, from %(price)s") if left else _("%(section)s, sold out")
    label = text % {"section": section.name, "left": left, "price": lowest.price_text}
    top, below = area.y - float(area.size) * 0.55, area.y + float(area.size) * 0.55
    return (
        f'<a class="area{" area--standing" if section.is_standing else ""}{"" if left else " area--gone"}" '
        f'{link_of(scene, area)} data-section="{section.pk}" data-categories="{" ".join(map(str, categories))}" '
        f'data-run="{figures.runs.get(section.pk, 0) if not section.is_standing else left}" '
        f'data-left="{left}" data-name="{escape(title)}" aria-label="{escape(label)}">'
        f'<polygon class="area__shape" points="{area.points}" fill="url(#price-{categories[0]})"/>'
        f'<text class="area__name" x="{area.x}" y="{top:.0f}" font-size="{area.size}">{escape(area.short_name)}</text> '
        f'<text class="area__left" x="{area.x}" y="{below:.0f}" font-size="{area.size}">{left or ""}</text></a>'
    )


def link_of(scene: Scene, area: Area) -> str:
    """A standing section leads to its number, a seated one to its seats."""
    section, session = area.section, scene.event_session.pk
    if section.is_standing:
        return f'href="#standing-{section.pk}"'
    page, fragment = reverse("bookings:seats", args=[session]), scene.section_path(section.pk)
    return f'href="{page}?section={section.pk}" hx-get="{fragment}" hx-target="#hall-view" hx-swap="outerHTML"'
