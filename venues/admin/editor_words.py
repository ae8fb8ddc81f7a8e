"""What the plan editor says, in the reader's language; each %s is filled in by the page."""

from django.utils.translation import gettext as _


def list_words() -> dict[str, str]:
    return seat_words() | change_words() | category_words()


def seat_words() -> dict[str, str]:
    return {
        "seat": _("%s, row %s, seat %s, %s"),
        "is_wheelchair": _("wheelchair place"),
        "is_companion": _("companion seat"),
        "has_restricted_view": _("restricted view"),
        "is_blocked": _("blocked"),
        "whole": _("Whole plan"),
        "overview": _("All sections"),
        "area": _("%s, %s"),
        "seats": _("%s seats"),
        "places": _("%s standing places"),
        "none": _("No seat selected"),
        "one": _("1 seat selected"),
        "many": _("%s seats selected"),
        "mixed": _("different ones"),
        "unknown": _("There is no seat %s here. Write seats like A1-A12, B3, or a row as A."),
        "lost": _("The plan could not be loaded. Please open this page again."),
    }


def change_words() -> dict[str, str]:
    return {
        "no_changes": _("No changes yet"),
        "one_change": _("1 change"),
        "changes": _("%s changes"),
        "one_seat": _("1 seat"),
        "set": _("%s: %s"),
        "unset": _("%s: no longer %s"),
        "numbered": _("%s: numbered from %s"),
        "row_named": _("%s: row %s"),
        "section": _("Section %s"),
        "categories": _("Categories: %s"),
        "plan": _("Plan: %s"),
        "same_row": _("This section has a row %s already."),
        "one_row": _("Select seats of one row to rename it."),
        "undone": _("Taken back."),
    }


def category_words() -> dict[str, str]:
    return {
        "used": _("Seats still have the category %s. Give them another one first."),
        "same_category": _("There is a category %s already."),
        "name": _("Name of category %s"),
        "color": _("Colour of category %s"),
        "up": _("Move %s up"),
        "down": _("Move %s down"),
        "remove": _("Remove %s"),
        "new": _("New category"),
    }
