"""A difference in sentences, for the log and for people."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from venues.plans.diff import Difference, Kind, Renaming, SeatChange
from venues.plans.draft import SectionDraft

MOST_NAMED = 20


def describe(difference: Difference) -> list[str]:
    """One sentence for each kind of change; empty when the plans are the same."""
    return [*describe_seats(difference), *describe_parts(difference)]


def describe_seats(difference: Difference) -> Iterator[str]:
    sentences = {
        Kind.ADDED: lambda count: ngettext("%(count)s seat added", "%(count)s seats added", count),
        Kind.REMOVED: lambda count: ngettext("%(count)s seat removed", "%(count)s seats removed", count),
        Kind.MOVED: lambda count: ngettext("%(count)s seat moved", "%(count)s seats moved", count),
        Kind.RECATEGORISED: lambda count: ngettext(
            "%(count)s seat in another category", "%(count)s seats in another category", count
        ),
        Kind.MARKED: lambda count: ngettext(
            "%(count)s seat with other marks", "%(count)s seats with other marks", count
        ),
        Kind.RENUMBERED: lambda count: ngettext("%(count)s seat renumbered", "%(count)s seats renumbered", count),
    }
    for kind, count in difference.counts.items():
        if count:
            yield sentences[kind](count) % {"count": f"{count:,}"}


def describe_parts(difference: Difference) -> Iterator[str]:
    for sentence, names in (
        (_("sections added: %(names)s"), difference.sections_added),
        (_("sections removed: %(names)s"), difference.sections_removed),
        (_("sections renamed: %(names)s"), map(name_both, difference.sections_renamed)),
        (_("rows renamed: %(names)s"), map(name_both, difference.rows_renamed)),
        (_("standing sections changed: %(names)s"), map(name_standing, difference.standing_changed)),
        (_("categories added: %(names)s"), difference.categories_added),
        (_("categories removed: %(names)s"), difference.categories_removed),
        (_("categories renamed: %(names)s"), map(name_both, difference.categories_renamed)),
        (_("categories in another colour: %(names)s"), difference.categories_recoloured),
    ):
        if listed := bounded(names):
            yield sentence % {"names": listed}
    if difference.is_reordered:
        yield _("categories in another order")
    if difference.is_redrawn:
        yield _("the background is drawn differently")
    if difference.plan_renamed:
        yield _("plan renamed: %(names)s") % {"names": name_both(difference.plan_renamed)}


def bounded(names: Iterable[str]) -> str:
    everything = list(names)
    shown = ", ".join(everything[:MOST_NAMED])
    if len(everything) <= MOST_NAMED:
        return shown
    return _("%(names)s and %(count)s more") % {"names": shown, "count": f"{len(everything) - MOST_NAMED:,}"}


def name_both(renaming: Renaming) -> str:
    facts = {"section": renaming.section, "old": renaming.old, "new": renaming.new}
    return (_("%(section)s %(old)s → %(new)s") if renaming.section else _("%(old)s → %(new)s")) % facts


def name_standing(sections: tuple[SectionDraft, SectionDraft]) -> str:
    old, new = sections
    if old.capacity != new.capacity:
        return f"{new.name} ({old.capacity:,} → {new.capacity:,})"
    if old.category != new.category:
        return f"{new.name} ({old.category} → {new.category})"
    return new.name


def describe_change(change: SeatChange) -> str:
    """What happened to one seat: "Stalls → Balcony", "blocked"."""
    if change.old is None:
        return _("added")
    if change.new is None:
        return _("removed")
    said = []
    if Kind.MOVED in change.kinds:
        said.append(_("moved"))
    if Kind.RECATEGORISED in change.kinds:
        said.append(f"{change.old.category} → {change.new.category}")
    if Kind.RENUMBERED in change.kinds:
        said.append(_("was number %(number)s") % {"number": change.old.number})
    for name, mark in list_marks():
        if getattr(change.old, name) != getattr(change.new, name):
            said.append(mark if getattr(change.new, name) else _("no longer %(mark)s") % {"mark": mark})
    return ", ".join(said)


def list_marks() -> list[tuple[str, str]]:
    return [
        ("is_wheelchair", _("wheelchair place")),
        ("is_companion", _("companion seat")),
        ("has_restricted_view", _("restricted view")),
        ("is_blocked", _("blocked")),
    ]
