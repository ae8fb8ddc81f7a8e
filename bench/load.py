"""Many clients in one process: blocking sends on the loopback, one epoll loop for the answers.

Python's HTTP clients cost more than the views they measure. This one only finds where a response ends,
so that on two cores most of the time is left to the servers.
"""

import re
import select
import socket
import statistics
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

CHUNK = 262_144
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
COOKIE = re.compile(rb"\r\nset-cookie: *([^=]+)=([^;\r]*)", re.IGNORECASE)


class UnexpectedAnswerError(Exception):
    """A benchmark of failing requests would measure nothing."""


@dataclass(frozen=True, slots=True)
class Request:
    """Raw bytes to send; `ends_unit` when the thing we count (a page, a flow) is done with its answer."""

    data: bytes
    expect: tuple[int, ...] = (200,)
    ends_unit: bool = True


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    head: bytes
    body: bytes

    def cookies(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in COOKIE.findall(self.head)}


# What one visitor does: yields requests and is given their responses; returns when there is nothing left to do.
Visitor = Generator[Request, Response, None]


@dataclass
class Tally:
    """What was done in `seconds`; `times` holds one duration a unit, in seconds."""

    seconds: float
    times: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.times) / self.seconds

    def percentile_ms(self, percent: int) -> float:
        if len(self.times) < 2:
            return sum(self.times) * 1000
        return statistics.quantiles(self.times, n=100)[percent - 1] * 1000


class Connection:
    """One visitor on one keep-alive connection, opened again whenever the server closes it."""

    def __init__(self, address: tuple[str, int], visitor: Visitor) -> None:
        self.address = address
        self.visitor = visitor
        self.socket: socket.socket | None = None
        self.received = b""
        self.request = next(visitor, None)
        self.unit_began_at: float | None = None

    def send(self) -> None:
        assert self.request is not None
        self.received = b""
        if self.socket is None:
            self.socket = socket.create_connection(self.address, timeout=30)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.unit_began_at is None:
            self.unit_began_at = time.perf_counter()
        self.socket.sendall(self.request.data)

    def receive(self) -> Response | None:
        """The response when it is complete; the visitor then has its next request ready, or none."""
        assert self.socket is not None
        assert self.request is not None
        data = self.socket.recv(CHUNK)
        self.received = self.received + data if self.received else data
        response = read_response(self.received, at_end=not data)
        if response is not None and response.status not in self.request.expect:
            raise UnexpectedAnswerError(describe(self.request, response))
        return response

    def think(self, response: Response) -> None:
        try:
            self.request = self.visitor.send(response)
        except StopIteration:
            self.request = None

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


class Crowd:
    """Visitors of one server, each on a connection of its own; they may work several times."""

    def __init__(self, url: str, visitors: Sequence[Visitor]) -> None:
        host, _colon, port = url.removeprefix("http://").partition(":")
        self.connections = [Connection((host, int(port)), visitor) for visitor in visitors]

    def work(self, seconds: float) -> Tally:
        """Let everyone work for so long, or until they have nothing left to do.

        Answers that come after that are awaited, because the server must be idle when another one's turn
        comes, but not counted.
        """
        tally = Tally(seconds)
        busy: dict[int, Connection] = {}
        begin = time.perf_counter()
        try:
            with select.epoll() as poll:
                for connection in self.connections:
                    connection.unit_began_at = None
                    follow(connection, poll, busy)
                run(poll, busy, tally, until=begin + seconds)
                tally.seconds = min(time.perf_counter() - begin, seconds)
                run(poll, busy, Tally(0), until=None)
        finally:
            for connection in self.connections:
                connection.close()
        return tally


def run(poll: select.epoll, busy: dict[int, Connection], tally: Tally, *, until: float | None) -> None:
    """Count what is finished until then; without a time, only wait for the answers under way."""
    while busy:
        now = time.perf_counter()
        if until is not None and now >= until:
            return
        for number, _event in poll.poll(None if until is None else until - now):
            connection = busy[number]
            response = connection.receive()
            if response is None:
                continue
            del busy[number]
            poll.unregister(number)
            if connection.request and connection.request.ends_unit and connection.unit_began_at is not None:
                tally.times.append(time.perf_counter() - connection.unit_began_at)
                connection.unit_began_at = None
            if b"onnection: close" in response.head:
                connection.close()
            connection.think(response)
            if until is not None:
                follow(connection, poll, busy)


def follow(connection: Connection, poll: select.epoll, busy: dict[int, Connection]) -> None:
    """Send the visitor's next request, if there is one."""
    if connection.request is None:
        connection.close()
        return
    connection.send()
    assert connection.socket is not None
    busy[connection.socket.fileno()] = connection
    poll.register(connection.socket.fileno(), select.EPOLLIN)


def read_response(data: bytes, *, at_end: bool) -> Response | None:
    end = data.find(b"\r\n\r\n")
    if end < 0:
        if at_end:
            raise UnexpectedAnswerError("the server closed a connection without an answer")
        return None
    head = data[: end + 2]
    if length := LENGTH.search(head):
        is_complete = len(data) >= end + 4 + int(length[1])
    else:
        is_complete = at_end or data.endswith(b"\r\n0\r\n\r\n")
    return Response(int(head[9:12]), head, data[end + 4 :]) if is_complete else None


def describe(request: Request, response: Response) -> str:
    line = request.data.split(b"\r\n", 1)[0].decode()
    return f"{line} was answered with {response.status}:\n{response.body[:2000].decode(errors='replace')}"
