"""A table of seats, from friendly and from hostile hands."""

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookings.sample.plans import auditorium, jazz_room
from venues.errors import PlanFileError
from venues.plans import csv_table
from venues.plans.csv_format import COLUMNS, read_plan_csv, write_plan_csv
from venues.plans.csv_table import FORMULA
from venues.plans.draft import Bounds, CategoryDraft, PlanDraft, SeatDraft, SectionDraft
from venues.plans.files import read_plan_file

HEAD = "section,row,seat,x,y"
TWO = f"{HEAD}\nStalls,A,1,0,0\nStalls,A,2,30,0\n"


def read(text, encoding="utf-8", **options):
    return read_plan_csv(text.encode(encoding), **options)


def problems_of(content):
    with pytest.raises(PlanFileError) as refusal:
        read_plan_csv(content if isinstance(content, bytes) else content.encode())
    return refusal.value.problems


def seats_of(draft):
    return {f"{seat.row}{seat.number}": seat for section in draft.sections for seat in section.seats}


def test_five_columns_are_enough():
    draft = read(
        f"{HEAD}\nStalls,B,1,0,30\nStalls,A,1,0,0\nStalls,A,2,30,0\nStalls,A,3,90,0\nStalls,A,4,120,0\n", name="Small"
    )

    seats = seats_of(draft)
    assert draft.name == "Small"
    assert [category.name for category in draft.categories] == ["Stalls"]
    assert (seats["A1"].row_rank, seats["B1"].row_rank) == (0, 1)
    assert [seats[label].position for label in ("A1", "A2", "A3", "A4")] == [0, 1, 3, 4]


def test_flags_categories_and_order_are_taken_as_they_are_said():
    head = f"{HEAD},Category,Wheelchair,Companion,Restricted view,Blocked,row_rank,position"
    lines = ["Stalls,A,1,0,0,Best,yes,,,,3,4", "Stalls,A,2,30,0,Cheap,0,1,x,TRUE,3,6"]
    draft = read("\n".join([head, *lines]))

    assert draft.sections[0].seats == (
        SeatDraft("A", "1", 0, 0, "Best", 3, 4, is_wheelchair=True),
        SeatDraft("A", "2", 30, 0, "Cheap", 3, 6, is_companion=True, has_restricted_view=True, is_blocked=True),
    )


def test_a_line_with_a_capacity_is_a_standing_section_that_shows_on_the_plan():
    draft = read(f"{HEAD},category,capacity,width,height\nFloor,,,100,50,Standing,300,80,40\n")

    [floor] = draft.sections
    assert (floor.capacity, floor.category, floor.box) == (300, "Standing", Bounds(60, 30, 140, 70))
    assert draft.shapes[0]["text"] == "Floor"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_separator_and_encoding_of_a_spreadsheet_is_read(separator, encoding):
    lines = [HEAD, "Zuschauerränge,É,1,0,0", "Zuschauerränge,É,2,30,0"]

    draft = read("\r\n".join(line.replace(",", separator) for line in lines), encoding)

    assert draft.sections[0].name == "Zuschauerränge"
    assert list(seats_of(draft)) == ["É1", "É2"]


def test_decimal_commas_are_read_where_the_comma_separates_nothing():
    draft = read("section;row;seat;x;y\nStalls;A;1;1,5;-2,25\n")

    assert (draft.sections[0].seats[0].x, draft.sections[0].seats[0].y) == (1.5, -2.25)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("Stalls,A,1,NaN,0", "Line 3: x needs a number, not “NaN”"),
        ("Stalls,A,1,inf,0", "x needs a number"),
        ("Stalls,A,1,1e300,0", "x needs a number"),
        ("Stalls,A,1,,0", "x needs a number, not “”"),
        ("Stalls,A,1,٣,0", "x needs a number"),
        ("Stalls,,1,0,0", "row is empty"),
        (",A,1,0,0", "section is empty"),
        ("Stalls,A", "Line 3: seat is empty"),
        (f"Stalls,{'A' * 21},1,0,0", "row is longer than 20"),
        ("Stalls,A,2,60,0", "is in line 2 already"),
        ("Stalls,a,2 ,60,0", "is in line 2 already"),
        ("Stalls,=1+1,1,0,0", "row looks like a formula: =1+1"),
        ("\"=cmd|'/c calc'!A1\",A,1,0,0", "section looks like a formula"),
        ("@SUM(A1),A,1,0,0", "looks like a formula"),
        ("Stalls,A,1,0,0,perhaps", "wheelchair is yes or no"),
        ("Stalls,A,1,0,0,,,-1", "row_rank needs a whole number"),
        ("Stalls,A,1,0,0,,,1.5", "row_rank needs a whole number"),
        ("Floor,,,0,0,,500000", "capacity needs a whole number"),
        ("Floor,,,0,0,,-5", "capacity needs a whole number"),
        ("Stalls,,,0,0,,5", "is there already"),
    ],
)
def test_every_fault_names_its_line(line, sentence):
    problems = problems_of(f"{HEAD},wheelchair,capacity,row_rank\nStalls,A,2,30,0,,,0\n{line}\n")

    assert any(sentence in problem for problem in problems), problems
    assert all(problem.startswith("Line 3: ") for problem in problems)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "lacks section, row, seat, x, y"),
        (b"section,row,seat\nStalls,A,1\n", "lacks x, y"),
        (b"section,row,seat,x,y,number\n", "the column seat is there twice"),
        (HEAD.encode(), "no seat"),
        (b"\x00\x01\x02", "not text"),
        (TWO.encode() + b"\x00", "not text"),
        (b"\xff\xfe\x00", "not text"),
        (f'{HEAD}\n"Stalls,A,1,0,0\n{"x" * 200_000}'.encode(), "cannot be read as CSV"),
        (TWO.replace("Stalls", "St\x07alls").encode(), "cannot be shown"),
        (f"{HEAD},companion\nStalls,A,1,0,0,1".encode(), "companion seats but no wheelchair"),
        (b"PK\x03\x04\x14\x00\x06\x00", "not text"),
    ],
)
def test_a_file_that_is_no_table_of_seats_is_refused(content, sentence):
    assert sentence in problems_of(content)[0]


def test_at_most_twenty_faults_are_told():
    assert len(problems_of(f"{HEAD}\n" + "Stalls,A,1,x,y\n" * 100)) == 20


def test_a_file_that_is_too_large_is_not_even_read(monkeypatch):
    monkeypatch.setattr(csv_table, "LARGEST_FILE", 10)

    assert problems_of(TWO) == ["The file is larger than 20 MB."]


def test_a_hundred_thousand_seats_are_read():
    lines = "".join(
        f"Block {n // 1000},{n // 40 % 25 + 1},{n % 40 + 1},{n % 40 * 30},{n // 40 * 30}\n" for n in range(100_000)
    )

    draft = read(f"{HEAD}\n{lines}")

    assert draft.place_count == 100_000
    assert len(draft.sections) == 100


def test_more_rows_than_a_plan_may_have_are_refused(monkeypatch):
    monkeypatch.setattr(csv_table, "MOST_PLACES", 1)

    assert "more than 1 rows" in problems_of(TWO)[0]


def test_no_cell_of_an_export_is_a_formula_and_it_reads_back_as_it_was():
    names = ["=1+1", "-A", "'=x", "''+1", "@A", "'plain"]
    seats = tuple(SeatDraft(name, name, 30 * n, -12.5, "=Best", 0, n) for n, name in enumerate(names))
    draft = PlanDraft("Plan", (CategoryDraft("=Best", "#0072b2"),), (SectionDraft("+Stalls", seats),))

    content = write_plan_csv(draft)

    cells = [cell for line in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in line]
    assert [cell for cell in cells if FORMULA.match(cell)] == ["-12.5"] * len(names)
    assert read_plan_csv(content).sections == draft.sections


@pytest.mark.parametrize("make_draft", [auditorium, jazz_room])
def test_an_exported_plan_comes_back_with_all_its_places(make_draft):
    draft = make_draft()

    again = read_plan_csv(write_plan_csv(draft))

    assert again.sections == draft.sections
    assert write_plan_csv(again) == write_plan_csv(draft)


LABELS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)


@settings(deadline=None)
@given(names=st.sets(LABELS, min_size=1, max_size=6), flags=st.lists(st.booleans(), min_size=4, max_size=4))
def test_whatever_seats_are_called_the_table_keeps_it(names, flags):
    seats = tuple(
        SeatDraft("A", str(n), 30 * n, 0, name, 0, n, True, *flags[1:]) for n, name in enumerate(sorted(names))
    )
    draft = PlanDraft("Plan", tuple(CategoryDraft(name, "#0072b2") for name in names), (SectionDraft("All", seats),))

    try:
        again = read_plan_csv(write_plan_csv(draft))
    except PlanFileError:
        # Names that the database would take for one another.
        assert len({name.casefold() for name in names}) < len(names) or not all(map(str.isascii, names))
    else:
        assert again.sections == draft.sections


def test_the_kind_of_a_file_shows_in_its_name_or_its_beginning():
    assert read_plan_file(TWO.encode(), "plan.CSV").place_count == 2
    assert read_plan_file(TWO.encode(), "plan").place_count == 2
    with pytest.raises(PlanFileError, match="no JSON"):
        read_plan_file(TWO.encode(), "plan.json")
    with pytest.raises(PlanFileError, match="no JSON"):
        read_plan_file(b"\xef\xbb\xbf {", "plan")
    for content, name in ((b"<svg/>", "plan"), (b"", "plan.svg")):
        with pytest.raises(PlanFileError, match="Add from a drawing"):
            read_plan_file(content, name)


def test_a_name_of_the_export_is_every_column():
    assert write_plan_csv(replace(jazz_room(), sections=())).decode("utf-8-sig").strip() == ",".join(COLUMNS)
