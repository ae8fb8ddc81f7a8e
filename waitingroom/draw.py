"""The draw that anyone can check: a visitor's place is a keyed permutation of the number they were given.

Before the sale opens everyone gets a number from 0 to N-1, and sha256(seed) is on show. At the opening N is
fixed and the seed shown. A number's place follows from the two alone, so nobody can favour anybody afterwards.

The permutation is a Feistel network (Luby and Rackoff) over the smallest even number of bits that N fits into,
at least 8. Of a number's two halves the right one is hashed with the round's number, and the first 4 bytes of
sha256(seed + round + half) are added to the left one without carry. A result that is N or more goes through
again until it is below N (cycle walking).
"""

from hashlib import sha256

ROUNDS = 10
LEAST_HALF_BITS = 4


def commit(seed: str) -> str:
    """What is on show before the opening; `seed` is 64 hexadecimal digits."""
    return sha256(bytes.fromhex(seed)).hexdigest()


def permute(seed: str, count: int, number: int) -> int:
    """The place, 0 to count-1, of a number from the same range. Raises ValueError for one outside."""
    if not 0 <= number < count:
        raise ValueError(number)
    half_bits = max(LEAST_HALF_BITS, ((count - 1).bit_length() + 1) // 2)
    place = number
    while True:
        place = shuffle(bytes.fromhex(seed), half_bits, place)
        if place < count:
            return place


def shuffle(seed: bytes, half_bits: int, value: int) -> int:
    """All rounds over a value of twice `half_bits` bits."""
    mask = (1 << half_bits) - 1
    left, right = value >> half_bits, value & mask
    for turn in range(ROUNDS):
        digest = sha256(seed + bytes([turn]) + right.to_bytes(4, "big")).digest()
        left, right = right, left ^ (int.from_bytes(digest[:4], "big") & mask)
    return left << half_bits | right


def place_of(number: int, *, seed: str, drawn: int) -> int:
    """Where a number stands: numbers of the lobby by the draw among `drawn` people, later ones as they came."""
    return permute(seed, drawn, number) if number < drawn else number
