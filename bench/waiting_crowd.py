"""A crowd in front of one queue in simulated time: the queue's own scripts, told what time it is.

Every simulated second is one pipeline to Redis: who joins, who was called and comes, who is done.
"""

import heapq
import random
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from bench.load import UnexpectedAnswerError
from ticketing.redis import redis_client
from waitingroom import store
from waitingroom.document import turn_of
from waitingroom.draw import permute
from waitingroom.store import Phase, Standing, Verdict

SEED = "0ddba11" * 9 + "5"
SECOND = 1000
# Of a hundred people whose number comes up.
NEVER_COME, LEAVE = 20, 10
# Seconds: from being called to coming in, and inside; means of exponential distributions.
COMING, COMING_LEAST, COMING_MOST = 5.0, 0.5, 100.0
INSIDE, INSIDE_MOST = 90.0, 590.0
ASK_AGAIN = 2.0
# Of a hundred who come in, so many pay; the others leave.
PAY = 30
MEASURE_MEMORY_EVERY, ASK_ESTIMATE_EVERY, ASKED = 120, 60, 20

QUEUE_KEYS, PASS_KEYS = slice(0, 4), slice(4, 8)


@dataclass
class Crowd:
    """`people` in all, of whom `in_lobby` take part in the draw; the others come in so many seconds after it."""

    people: int
    in_lobby: int
    capacity: int
    lobby_seconds: int = 600
    arrive_seconds: int = 7200
    queue_id: int = 1_000_000_007
    now: int = 0
    serving: int = 0
    opened_at: int = 0
    joined_at: "array[int]" = field(default_factory=lambda: array("q"))
    # By place: when it was called, and whether it has had a pass.
    called_at: "array[int]" = field(default_factory=lambda: array("q"))
    had_pass: bytearray = field(default_factory=bytearray)
    events: list[tuple[float, str, int]] = field(default_factory=list)
    said: list[tuple[int, int, float, float]] = field(default_factory=list)
    verdicts: Counter[str] = field(default_factory=Counter)
    drawn_numbers: list[int] = field(default_factory=list)
    unused: float = 0
    served_seconds: int = 0
    out_of_turn: int = 0
    given_twice: int = 0
    most_inside: int = 0
    peak_bytes: int = 0
    peak_pass_bytes: int = 0
    last_join_called: int = 0

    def begin(self, now_ms: int) -> None:
        self.random = random.Random(1)
        self.now = now_ms
        self.opened_at = now_ms + self.lobby_seconds * SECOND
        values = {"phase": int(Phase.LOBBY), "lobby_at": now_ms, "opens_at": self.opened_at, "seed": SEED}
        limits = {"capacity": self.capacity, "claim_ms": 120 * SECOND, "pass_ms": 600 * SECOND}
        store.begin(self.queue_id, {**values, **limits}, now_ms=now_ms)

    def note_joined(self, count: int) -> None:
        """These took the next numbers in another way, just now."""
        self.joined_at.extend([self.now] * count)

    def live(self) -> None:
        """Until nobody waits and nobody is inside any more."""
        while True:
            self.now += SECOND
            commands = [*self.joins(), *self.due()]
            self.act(commands)
            standing = store.look(self.queue_id, now_ms=self.now)
            assert standing
            self.follow(standing)
            if standing.serving == self.people and not self.events:
                return

    def joins(self) -> Iterator[tuple[str, int, list[Any]]]:
        since_opening = (self.now - self.opened_at) / SECOND
        if since_opening <= 0:
            part = self.in_lobby * (1 + since_opening / self.lobby_seconds)
        else:
            part = self.in_lobby + (self.people - self.in_lobby) * min(1, since_opening / self.arrive_seconds)
        for number in range(len(self.joined_at), int(part)):
            yield "join", number, []

    def due(self) -> Iterator[tuple[str, int, list[Any]]]:
        while self.events and self.events[0][0] <= self.now:
            _at, what, place = heapq.heappop(self.events)
            if what == "claim":
                yield "claim", place, [place, f"d{place}"]
            elif what == "leave":
                yield "leave", place, [place, f"d{place}", 0]
            else:
                yield "bind", place, [place, place, 60 * SECOND]
                yield "finish", place, [place]

    def act(self, commands: list[tuple[str, int, list[Any]]]) -> None:
        keys = store.keys_of(self.queue_id)
        rest = iter(commands)
        while part := list(islice(rest, 2000)):
            with redis_client().pipeline(transaction=False) as pipe:
                for name, _who, args in part:
                    pipe.evalsha(store.script(name).sha, len(keys), *keys, self.now, *args)
                answers = pipe.execute()
            for (name, who, _args), answer in zip(part, answers, strict=True):
                if name == "join":
                    self.has_joined(who, answer)
                elif name == "claim":
                    self.has_claimed(who, Verdict(answer[0].decode()))

    def has_joined(self, number: int, answer: list[Any]) -> None:
        if answer[1] != number:
            raise UnexpectedAnswerError(f"number {number} was to come, and {answer} came")
        self.joined_at.append(self.now)

    def has_claimed(self, place: int, verdict: Verdict) -> None:
        self.verdicts[verdict] += 1
        if verdict == Verdict.SOON:
            self.plan(ASK_AGAIN, "claim", place)
        elif verdict == Verdict.ADMITTED:
            self.given_twice += self.had_pass[place]
            self.had_pass[place] = 1
            inside = min(self.random.expovariate(1 / INSIDE), INSIDE_MOST)
            self.plan(inside, "pay" if self.random.randrange(100) < PAY else "leave", place)

    def plan(self, seconds: float, what: str, place: int) -> None:
        heapq.heappush(self.events, (self.now + seconds * SECOND, what, place))

    def follow(self, standing: Standing) -> None:
        """What everybody reads in the one document."""
        if standing.phase != Phase.OPEN:
            return
        if not self.drawn_numbers:
            self.draw(standing)
        for place in range(self.serving, standing.serving):
            self.call(place)
        self.serving = standing.serving
        self.most_inside = max(self.most_inside, standing.active)
        if standing.serving < standing.issued:
            self.unused += 1 - standing.active / self.capacity
            self.served_seconds += 1
        elapsed = (self.now - self.opened_at) // SECOND
        if elapsed % ASK_ESTIMATE_EVERY == 0 and elapsed:
            self.ask_how_long(standing)
        if elapsed % MEASURE_MEMORY_EVERY == 10:
            self.measure_memory()

    def draw(self, standing: Standing) -> None:
        """Who has which place in the draw."""
        self.drawn_numbers = [0] * standing.drawn
        for number in range(standing.drawn):
            self.drawn_numbers[permute(SEED, standing.drawn, number)] = number
        self.called_at = array("q", [0]) * self.people
        self.had_pass = bytearray(self.people)

    def call(self, place: int) -> None:
        number = self.drawn_numbers[place] if place < len(self.drawn_numbers) else place
        joined_at = self.joined_at[number] if place >= len(self.drawn_numbers) else 0
        self.out_of_turn += joined_at < self.last_join_called
        self.last_join_called = joined_at
        self.called_at[place] = self.now
        fate = self.random.randrange(100)
        if fate < NEVER_COME:
            return
        coming = min(COMING_LEAST + self.random.expovariate(1 / COMING), COMING_MOST)
        self.plan(coming, "leave" if fate < NEVER_COME + LEAVE else "claim", place)

    def ask_how_long(self, standing: Standing) -> None:
        waiting = range(standing.serving, standing.issued)
        for place in self.random.sample(waiting, min(ASKED, len(waiting))):
            number = self.drawn_numbers[place] if place < len(self.drawn_numbers) else place
            wait = turn_of(standing, number).wait
            if wait:
                self.said.append((place, self.now, wait.least, wait.most))

    def measure_memory(self) -> None:
        keys = store.keys_of(self.queue_id)
        sizes = [redis_client().memory_usage(key, samples=0) or 0 for key in keys]
        self.peak_bytes = max(self.peak_bytes, sum(sizes[QUEUE_KEYS]))
        self.peak_pass_bytes = max(self.peak_pass_bytes, sum(sizes[PASS_KEYS]))

    def judge_estimates(self) -> tuple[list[float], float]:
        """How far the middle of what was said lay from what came, as a share of it; and how often the range held."""
        errors, held = [], 0
        for place, said_at, least, most in self.said:
            minutes = max(1, self.called_at[place] - said_at) / (60 * SECOND)
            errors.append(abs((least + most) / 2 - minutes) / minutes)
            held += least <= minutes <= most
        return errors, held / max(1, len(errors))
