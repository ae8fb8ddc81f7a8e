"""Reads a table out of a CSV file of any usual kind, and names the line of whatever is wrong in it."""

import csv
import io
import re
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from venues.errors import PlanFileError
from venues.plans.checks import LAST_RANK, MOST_PLACES, MOST_PROBLEMS
from venues.plans.shape_checks import FARTHEST

LARGEST_FILE = 20 * 1024 * 1024
SEPARATORS = (",", ";", "\t")
# What a spreadsheet takes for a formula, and the same with the apostrophes that stop it.
FORMULA = re.compile(r"[=+\-@\t\r]")
STOPPED_FORMULA = re.compile(r"'+[=+\-@\t\r]")
DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
WHOLE = re.compile(r"\d{1,7}", re.ASCII)
YES, NO = {"1", "yes", "y", "true", "x"}, {"", "0", "no", "n", "false"}


class Table:
    """A wrong cell is noted with its line and answered with a harmless value, so that reading goes on."""

    def __init__(self, content: bytes, names: dict[str, str], required: Sequence[str]) -> None:
        """`names` maps every way to head a column, in small letters, to the column's own name."""
        text = decode(content)
        head = text.split("\n", 1)[0]
        self.separator = max(SEPARATORS, key=lambda each: len(known_columns(head, each, names)))
        self.problems: list[str] = []
        self.line = 1
        self._rows = csv.reader(io.StringIO(text, newline=""), delimiter=self.separator)
        self.columns = self._read_head(names, required)
        self._cells: list[str] = []

    def rows(self) -> Iterator[int]:
        """The number of each line that is not empty; stops after 20 problems. Raises PlanFileError in the end."""
        count = 0
        while len(self.problems) < MOST_PROBLEMS and (cells := self._next()) is not None:
            self.line = self._rows.line_num
            if not any(cell.strip() for cell in cells):
                continue
            count += 1
            if count > MOST_PLACES:
                self.note(_("the file has more than %(most)s rows.") % {"most": MOST_PLACES})
                break
            self._cells = cells
            yield self.line
        if self.problems:
            raise PlanFileError(self.problems[:MOST_PROBLEMS])

    def note(self, problem: str) -> None:
        self.problems.append(_("Line %(line)s: %(problem)s") % {"line": self.line, "problem": problem})

    def raw(self, column: str) -> str:
        index = self.columns.get(column, len(self._cells))
        return self._cells[index].strip() if index < len(self._cells) else ""

    def label(self, column: str, *, longest: int, default: str = "") -> str:
        """What people will read; a formula is refused, because the next spreadsheet would run it."""
        text = self.raw(column)
        if STOPPED_FORMULA.match(text):
            text = text[1:]
        elif FORMULA.match(text) and not DECIMAL.fullmatch(text):
            self.note(_("%(column)s looks like a formula: %(text)s") % {"column": column, "text": text[:40]})
        text = text or default
        if not text:
            self.note(_("%(column)s is empty.") % {"column": column})
        elif len(text) > longest:
            self.note(_("%(column)s is longer than %(longest)s characters.") % {"column": column, "longest": longest})
        return text[:longest]

    def number(self, column: str) -> float:
        text = self.raw(column)
        if self.separator != ",":
            text = text.replace(",", ".")
        value = float(text) if DECIMAL.fullmatch(text) else FARTHEST * 2
        if not -FARTHEST <= value <= FARTHEST:
            self.note(_("%(column)s needs a number, not “%(text)s”.") % {"column": column, "text": text[:40]})
            return 0.0
        return value

    def whole(self, column: str, *, most: int = LAST_RANK) -> int:
        text = self.raw(column)
        if not WHOLE.fullmatch(text) or int(text) > most:
            facts = {"column": column, "text": text[:40], "most": most}
            self.note(_("%(column)s needs a whole number from 0 to %(most)s, not “%(text)s”.") % facts)
            return 0
        return int(text)

    def flag(self, column: str) -> bool:
        text = self.raw(column).lower()
        if text not in YES | NO:
            self.note(_("%(column)s is yes or no, not “%(text)s”.") % {"column": column, "text": text[:40]})
        return text in YES

    def _next(self) -> list[str] | None:
        try:
            return next(self._rows, None)
        except csv.Error as fault:
            self.line = self._rows.line_num
            self.note(_("this cannot be read as CSV: %(fault)s.") % {"fault": fault})
            return None

    def _read_head(self, names: dict[str, str], required: Sequence[str]) -> dict[str, int]:
        columns: dict[str, int] = {}
        for index, cell in enumerate(self._next() or []):
            column = names.get(cell.strip().lower())
            if column in columns:
                self.note(_("the column %(column)s is there twice.") % {"column": column})
            elif column:
                columns[column] = index
        if missing := [column for column in required if column not in columns]:
            self.note(_("the heading lacks %(columns)s.") % {"columns": ", ".join(missing)})
        if self.problems:
            raise PlanFileError(self.problems)
        return columns


def known_columns(head: str, separator: str, names: dict[str, str]) -> set[str]:
    return {names[word] for cell in head.split(separator) if (word := cell.strip().strip('"').lower()) in names}


def decode(content: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or else what Windows spreadsheets write."""
    if len(content) > LARGEST_FILE:
        raise PlanFileError([_("The file is larger than 20 MB.")])
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\x00" in text or "�" in text:
        raise PlanFileError([_("The file is not text in UTF-8.")])
    return text


def cell(text: str) -> str:
    """A name as no spreadsheet takes it for a formula; `Table.label` takes the apostrophe off again."""
    return f"'{text}" if FORMULA.match(text) or STOPPED_FORMULA.match(text) else text
