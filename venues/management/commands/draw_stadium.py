from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from venues.errors import PlanFileError
from venues.models import Hall, Venue
from venues.plans.stadium.drawing import draw_stadium
from venues.plans.svg.reading import read_plan_svg
from venues.services.plans import save_plan


class Command(BaseCommand):
    help = (
        "Draw a plausible stadium with exactly so many seats as an SVG: into a file, on standard output, or read "
        "back as the next plan version of a venue's hall."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--capacity", type=int, required=True, help="seats, for example 82500")
        parser.add_argument("--name", default="Stadium", help="the plan's name")
        target = parser.add_mutually_exclusive_group()
        target.add_argument("--output", type=Path, help="the file to write")
        target.add_argument("--venue", default="", help="the venue's address on this site; its plan is saved")
        parser.add_argument("--hall", default="Bowl", help="the venue's hall, made where it is missing")

    def handle(
        self, *args: Any, capacity: int, name: str, output: Path | None, venue: str, hall: str, **options: Any
    ) -> None:
        try:
            drawing = draw_stadium(capacity, name=name)
        except PlanFileError as refusal:
            raise CommandError("\n".join(refusal.problems)) from None
        if venue:
            self.save(drawing, name, venue, hall)
        elif output:
            self.write(drawing, output)
        else:
            self.stdout.write(drawing, ending="")

    def write(self, drawing: str, output: Path) -> None:
        try:
            output.write_text(drawing, encoding="utf-8")
        except OSError as fault:
            raise CommandError(f"{output} cannot be written: {fault.strerror}.") from None

    def save(self, drawing: str, name: str, venue: str, hall: str) -> None:
        owner = Venue.objects.filter(slug=venue).first()
        if owner is None:
            raise CommandError(f"There is no venue with the address {venue}.")
        reading = read_plan_svg(drawing.encode(), name=name)
        where, _is_new = Hall.objects.get_or_create(venue=owner, name=hall)
        plan = save_plan(hall=where, draft=reading.draft)
        self.stdout.write(
            f"{plan}: {reading.counts.seats} seats in {reading.counts.sections} sections (plan id {plan.pk})."
        )
