"""A seating plan from a file, whichever of the formats it is in."""

from collections.abc import Callable
from pathlib import PurePath

from django.utils.translation import gettext as _

from venues.errors import PlanFileError
from venues.plans.csv_format import read_plan_csv
from venues.plans.draft import PlanDraft
from venues.plans.json_format import read_plan_json

BOM = b"\xef\xbb\xbf"
JSON_STARTS = (b"{", b"[")


def read_plan_file(content: bytes, filename: str, *, name: str = "", is_recolored: bool = False) -> PlanDraft:
    """The draft in a JSON or CSV file; raises PlanFileError with up to 20 problems.

    A drawing needs to be told what its shapes mean, so it has a way in of its own.
    """
    return find_reader(content, filename)(content, name=name, is_recolored=is_recolored)


def find_reader(content: bytes, filename: str) -> Callable[..., PlanDraft]:
    """By the name's ending, or by how the content begins where that says nothing."""
    ending = PurePath(filename).suffix.lower()
    if ending == ".json":
        return read_plan_json
    if ending in {".csv", ".tsv", ".txt"}:
        return read_plan_csv
    if ending == ".svg" or content.removeprefix(BOM).lstrip()[:1] == b"<":
        raise PlanFileError([_("This is a drawing (SVG): use “Add from a drawing” in the list of seating plans.")])
    starts = content.removeprefix(BOM).lstrip()[:1]
    return read_plan_json if starts in JSON_STARTS else read_plan_csv
