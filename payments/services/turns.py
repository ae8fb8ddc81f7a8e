"""Whose turn it is to be asked about, where there are more than can be asked about at once."""

from collections.abc import Collection

from django.core.cache import caches


def take_turn(name: str, ids: Collection[int], most: int) -> list[int]:
    """So many of the ids, going on after the one that was the last the time before, in this process.

    Those that stay open for hours are asked about again when all the others were, and keep nobody waiting.
    """
    if len(ids) <= most:
        return sorted(ids)
    last = caches["process"].get(key := f"turn:{name}", 0)
    chosen = sorted(ids, key=lambda each: (each <= last, each))[:most]
    caches["process"].set(key, chosen[-1], None)
    return chosen
