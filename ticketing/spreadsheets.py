"""Rows that are safe to open in a spreadsheet."""

from collections.abc import Iterable, Iterator
from csv import writer
from typing import Any

# A spreadsheet runs a cell that starts with one of these; names and emails come from strangers.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# Without it Excel takes UTF-8 for the letters of another alphabet.
BYTE_ORDER_MARK = "\ufeff"


def disarm(cell: Any) -> Any:
    """'=HYPERLINK(...)' -> "'=HYPERLINK(...)", which a spreadsheet shows as text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


class Echo:
    """Hands each line of the csv writer back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def stream_csv(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Line by line, so that no export is too long for the memory."""
    lines = writer(Echo())
    yield BYTE_ORDER_MARK
    for row in rows:
        yield lines.writerow([disarm(cell) for cell in row])
