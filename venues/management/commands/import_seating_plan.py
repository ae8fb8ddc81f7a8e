from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from venues.errors import PlanFileError
from venues.models import Hall
from venues.plans.draft import PlanDraft
from venues.plans.files import read_plan_file
from venues.plans.svg import Mapping, read_plan_svg
from venues.services.plans import save_plan


class Command(BaseCommand):
    help = (
        "Import a seating plan in JSON, CSV or SVG as the next plan version of a hall; a faulty file changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--hall", type=int, required=True, help="the hall's id, shown in the back office")
        parser.add_argument("--name", default="", help="instead of the name in the file")
        parser.add_argument("--recolor", action="store_true", help="use colours the colour-blind can tell apart")

    def handle(self, *args: Any, file: Path, hall: int, name: str, recolor: bool, **options: Any) -> None:
        owner = Hall.objects.select_related("venue").filter(pk=hall).first()
        if owner is None:
            raise CommandError(f"There is no hall with the id {hall}.")
        try:
            content = file.read_bytes()
        except OSError as fault:
            raise CommandError(f"{file} cannot be read: {fault.strerror}.") from None
        try:
            draft = self.read(content, file, name, recolor)
            plan = save_plan(hall=owner, draft=draft)
        except PlanFileError as refusal:
            raise CommandError("\n".join([f"{file} was not imported:", *refusal.problems])) from None
        self.stdout.write(f"{plan}: {draft.place_count} places in {len(draft.sections)} sections (plan id {plan.pk}).")

    def read(self, content: bytes, file: Path, name: str, recolor: bool) -> PlanDraft:
        if file.suffix.lower() != ".svg":
            return read_plan_file(content, file.name, name=name, is_recolored=recolor)
        reading = read_plan_svg(content, name=name, mapping=Mapping(is_recolored=recolor))
        for sentence in reading.unrecognised:
            self.stderr.write(sentence)
        return reading.draft
