from itertools import count

from ticketing import kept
from ticketing.kept import Kept


def test_a_value_is_made_once_until_it_is_too_old(monkeypatch):
    numbers, now = count(), [100.0]
    monkeypatch.setattr(kept.time, "monotonic", lambda: now[0])
    memory = Kept(most=10)

    assert memory.get("key", lambda: next(numbers), seconds=2) == 0
    now[0] += 1.9
    assert memory.get("key", lambda: next(numbers), seconds=2) == 0
    now[0] += 0.2
    assert memory.get("key", lambda: next(numbers), seconds=2) == 1


def test_a_value_that_is_not_fresh_is_made_again():
    memory = Kept(most=10)
    memory.get("key", lambda: "old")

    assert memory.get("key", lambda: "new", is_fresh=lambda value: value == "old") == "old"
    assert memory.get("key", lambda: "new", is_fresh=lambda value: value == "new") == "new"


def test_what_was_not_used_for_longest_goes_first():
    memory = Kept(most=10, weigh=len)
    for text in ("aaaa", "bbbb"):
        memory.get(text, lambda text=text: text)
    memory.get("aaaa", lambda: "never")

    memory.get("cccc", lambda: "cccc")

    assert list(memory.entries) == ["aaaa", "cccc"]
    assert memory.weight == 8


def test_one_that_weighs_more_than_all_may_is_kept_alone():
    memory = Kept(most=10, weigh=len)
    memory.get("small", lambda: "aaaa")

    memory.get("large", lambda: "b" * 20)

    assert list(memory.entries) == ["large"]
    assert memory.weight == 20


def test_a_value_made_anew_takes_the_place_of_the_old_one():
    memory = Kept(most=10, weigh=len)
    memory.get("key", lambda: "aaaa")
    memory.get("key", lambda: "bb", seconds=0)

    assert memory.weight == 2
