import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_hall
from venues.models import SeatingPlan
from venues.tests.svg.drawing import row_of, svg
from venues.tests.test_json_format import HALL


@pytest.mark.django_db
def test_a_plan_file_is_imported_by_command(capsys):
    hall = make_hall()

    call_command("import_seating_plan", str(HALL), hall=hall.pk, name="Concerts", recolor=True)

    plan = SeatingPlan.objects.get()
    assert (plan.hall, plan.name, plan.version) == (hall, "Concerts", 1)
    assert "738 places in 15 sections" in capsys.readouterr().out


@pytest.mark.django_db
def test_a_table_of_seats_is_imported_by_command(tmp_path, capsys):
    path = tmp_path / "plan.csv"
    path.write_text("section;row;seat;x;y\nStalls;A;1;0;0\nStalls;A;2;30,5;0\n")

    call_command("import_seating_plan", str(path), hall=make_hall().pk)

    assert "2 places in 1 sections" in capsys.readouterr().out
    assert SeatingPlan.objects.get().source == {"format": "csv"}


@pytest.mark.django_db
def test_a_faulty_file_is_told_and_changes_nothing(tmp_path):
    path = tmp_path / "plan.json"
    path.write_text('{"categories": [], "zones": [{"name": "Hall", "rows": [{}]}]}')

    with pytest.raises(CommandError) as refusal:
        call_command("import_seating_plan", str(path), hall=make_hall().pk)

    assert "was not imported" in str(refusal.value)
    assert "zones[0].rows[0].seats: a list is needed here." in str(refusal.value)
    assert not SeatingPlan.objects.exists()


@pytest.mark.django_db
def test_a_missing_file_or_hall_is_told(tmp_path):
    with pytest.raises(CommandError, match="no hall with the id 99"):
        call_command("import_seating_plan", str(HALL), hall=99)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_seating_plan", str(tmp_path / "none.json"), hall=make_hall().pk)


@pytest.mark.django_db
def test_a_drawing_is_imported_by_command_and_what_it_did_not_understand_is_told(tmp_path, capsys):
    path = tmp_path / "plan.svg"
    path.write_bytes(svg(row_of(1, 2) + '<path id="section-9" d="M0 50 H100 V90 H0 Z"/><image href="#a"/>'))

    call_command("import_seating_plan", str(path), hall=make_hall().pk, name="Drawn")

    said = capsys.readouterr()
    assert "2 places in 1 sections" in said.out
    assert "Section “9” is drawn without seats" in said.err
    assert "element “image” (1)" in said.err
