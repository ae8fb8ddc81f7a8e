from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from waitingroom import store
from waitingroom.draw import commit, place_of
from waitingroom.models import Queue
from waitingroom.store import Phase


class Command(BaseCommand):
    help = (
        "Recompute a waiting room's draw: from the published seed and the number of people, or from a session whose "
        "draw was made. Prints the sha256 of the seed, which was on show before, and the place of each number."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("numbers", nargs="+", type=int, help="numbers as they stand on the tickets")
        parser.add_argument("--seed", help="the 64 hexadecimal digits that were shown at the opening")
        parser.add_argument("--people", type=int, help="how many took part in the draw")
        parser.add_argument("--session", type=int, help="take seed and people from this session's waiting room")

    def handle(self, *, numbers: list[int], **options: Any) -> None:
        seed, drawn = read_session(options["session"]) if options["session"] else read_public(options)
        self.stdout.write(f"sha256 of the seed  {commit(seed)}")
        self.stdout.write(f"people in the draw  {drawn}")
        for number in numbers:
            place = place_of(number, seed=seed, drawn=drawn) + 1
            note = "" if number < drawn else " (joined after the draw)"
            self.stdout.write(f"number {number}  place {place}{note}")


def read_public(options: dict[str, Any]) -> tuple[str, int]:
    seed, people = options["seed"], options["people"]
    if seed is None or people is None:
        raise CommandError("Say --seed and --people, or --session.")
    try:
        is_seed = len(bytes.fromhex(seed)) == 32
    except ValueError:
        is_seed = False
    if not is_seed or people < 0:
        raise CommandError("The seed has 64 hexadecimal digits, and there were no fewer than 0 people.")
    return seed, people


def read_session(pk: int) -> tuple[str, int]:
    """Nobody learns a seed here before its draw."""
    queue = Queue.objects.filter(pk=pk).first()
    standing = store.look(pk) if queue else None
    if queue is None or standing is None:
        raise CommandError("This session has no waiting room now.")
    if standing.phase not in {Phase.OPEN, Phase.OVER}:
        raise CommandError("The draw is still to come.")
    return queue.seed, standing.drawn
