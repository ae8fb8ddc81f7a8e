"""The draw: fair, as it was promised, and to be recomputed by anybody."""

import secrets
from collections import Counter
from hashlib import sha256
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from waitingroom.draw import commit, permute, place_of
from waitingroom.models import make_seed
from waitingroom.tests.queues import SEED, make_queue


def by_hand(seed: str, people: int, number: int) -> int:
    """What docs/waiting-room.md says, written down again: nothing of ours is used here."""
    bits = max(8, (people - 1).bit_length())
    half = (bits + bits % 2) // 2
    while True:
        left, right = divmod(number, 2**half)
        for turn in range(10):
            text = seed + f"{turn:02x}" + f"{right:08x}"
            digest = sha256(bytes.fromhex(text)).hexdigest()
            left, right = right, left ^ (int(digest[:8], 16) % 2**half)
        number = left * 2**half + right
        if number < people:
            return number


@pytest.mark.parametrize("people", [1, 2, 3, 7, 255, 256, 257, 1000, 70_001])
def test_everybody_has_a_place_and_nobody_the_same(people):
    assert {permute(SEED, people, number) for number in range(people)} == set(range(people))


@pytest.mark.parametrize("people", [1, 2, 5, 300, 70_001, 1_000_000])
def test_the_documented_verification_by_hand_gives_the_same_places(people):
    seed = make_seed()
    numbers = range(people) if people <= 300 else [secrets.randbelow(people) for _ in range(50)]

    assert [permute(seed, people, number) for number in numbers] == [
        by_hand(seed, people, number) for number in numbers
    ]


def test_one_draw_stays_what_it_was():
    """Places that were on show may never change with the program."""
    assert [permute("00" * 32, 10, number) for number in range(10)] == [3, 6, 4, 8, 0, 1, 7, 9, 5, 2]


@pytest.mark.parametrize("people", [2, 3, 6, 10, 50])
def test_every_place_is_as_likely_for_each_number(people):
    """Chi-square over many draws, for the first, the middle and the last number to come."""
    draws = 100 * people
    seeds = [sha256(f"{people}/{draw}".encode()).hexdigest() for draw in range(draws)]
    for number in {0, people // 2, people - 1}:
        places = Counter(permute(seed, people, number) for seed in seeds)
        assert chi_square(places, people, draws) < highest(people - 1)


def test_in_one_draw_early_and_late_numbers_are_mixed():
    """People who came in the same tenth of the lobby are spread over all tenths of the places."""
    people, parts = 50_000, 10
    places = Counter(
        (number * parts // people, permute(SEED, people, number) * parts // people) for number in range(people)
    )
    for came in range(parts):
        row = Counter({place: places[came, place] for place in range(parts)})
        assert chi_square(row, parts, people // parts) < highest(parts - 1)


def test_neighbours_in_the_lobby_are_not_neighbours_in_the_queue():
    """Differences between the places of people who came one after the other, over all possible ones."""
    people, parts = 20_000, 20
    steps = Counter(
        (permute(SEED, people, number + 1) - permute(SEED, people, number)) % people * parts // people
        for number in range(people - 1)
    )
    assert chi_square(steps, parts, people - 1) < highest(parts - 1)


def test_all_orders_of_four_people_come_about_equally_often():
    draws = 24 * 100
    orders = Counter(
        tuple(permute(sha256(f"order/{draw}".encode()).hexdigest(), 4, number) for number in range(4))
        for draw in range(draws)
    )
    assert chi_square(orders, 24, draws) < highest(23)


def chi_square(counts: Counter, cells: int, total: int) -> float:
    expected = total / cells
    return sum((count - expected) ** 2 for count in counts.values()) / expected + expected * (cells - len(counts))


def highest(freedom: int) -> float:
    """Exceeded by one fair draw in about 100,000 (Wilson and Hilferty's approximation)."""
    part = 2 / (9 * freedom)
    return freedom * (1 - part + 4.26 * part**0.5) ** 3


def test_the_statistics_would_see_an_unfair_draw():
    """One in ten of those who should be last comes first."""
    places = Counter(dict.fromkeys(range(10), 100)) + Counter({0: 50})
    places[9] -= 50

    assert chi_square(places, 10, 1000) > highest(9)


def test_later_numbers_come_in_their_own_order_after_the_draw():
    places = [place_of(number, seed=SEED, drawn=100) for number in range(100, 110)]

    assert places == list(range(100, 110))


def test_numbers_outside_are_refused():
    for number in (-1, 10):
        with pytest.raises(ValueError, match=str(number)):
            permute(SEED, 10, number)


def test_what_is_on_show_is_the_hash_of_the_seed():
    seed = make_seed()

    assert commit(seed) == sha256(bytes.fromhex(seed)).hexdigest()
    assert len({make_seed() for _ in range(100)}) == 100


def run(*args: object) -> str:
    out = StringIO()
    call_command("verify_draw", *map(str, args), stdout=out)
    return out.getvalue()


def test_the_command_says_commitment_and_place():
    said = run("--seed", SEED, "--people", 1000, 0, 999, 1200)

    assert f"sha256 of the seed  {commit(SEED)}" in said
    for number in (0, 999):
        assert f"number {number}  place {by_hand(SEED, 1000, number) + 1}" in said
    assert "number 1200  place 1201 (joined after the draw)" in said


@pytest.mark.django_db
def test_the_command_knows_the_draw_of_a_session():
    queue = make_queue()

    said = run("--session", queue.pk, 3)

    assert queue.commitment in said
    assert "number 3  place 4 (joined after the draw)" in said


@pytest.mark.parametrize(
    "wrong", [["--seed", "xyz", "--people", 3, 0], ["--seed", SEED, 0], ["--people", 3, 0], [0], ["--session", 1, 0]]
)
@pytest.mark.django_db
def test_the_command_refuses_what_makes_no_sense(wrong):
    with pytest.raises(CommandError):
        run(*wrong)
