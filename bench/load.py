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
        self.request = Request(b"")
        self.unit_began_at: float | None = None
        self.is_done = False

    def send(self, request: Request, poll: select.epoll, connections: dict[int, "Connection"]) -> None:
        self.request = request
        self.received = b""
        if self.unit_began_at is None:
            self.unit_began_at = time.perf_counter()
        if self.socket is None:
            self.socket = socket.create_connection(self.address, timeout=30)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            poll.register(self.socket.fileno(), select.EPOLLIN)
            connections[self.socket.fileno()] = self
        self.socket.sendall(request.data)

    def receive(self) -> Response | None:
        """The response when it is complete."""
        assert self.socket is not None
        data = self.socket.recv(CHUNK)
        self.received = self.received + data if self.received else data
        return read_response(self.received, at_end=not data)

    def close(self, poll: select.epoll, connections: dict[int, "Connection"]) -> None:
        if self.socket is not None:
            poll.unregister(self.socket.fileno())
            del connections[self.socket.fileno()]
            self.socket.close()
            self.socket = None


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


def drive(url: str, visitors: Sequence[Visitor], *, seconds: float) -> Tally:
    """Let every visitor work on a connection of its own for so long, or until all of them are done.

    The visitors may be driven again afterwards; a unit under way when the time is up is not counted.
    """
    host, _colon, port = url.removeprefix("http://").partition(":")
    tally = Tally(seconds)
    connections: dict[int, Connection] = {}
    with select.epoll() as poll:
        everyone = [Connection((host, int(port)), visitor) for visitor in visitors]
        begin = time.perf_counter()
        try:
            for connection in everyone:
                advance(connection, None, poll, connections)
            run(poll, connections, tally, until=begin + seconds)
        finally:
            for connection in everyone:
                connection.close(poll, connections)
    tally.seconds = time.perf_counter() - begin
    return tally


def run(poll: select.epoll, connections: dict[int, Connection], tally: Tally, *, until: float) -> None:
    while connections:
        now = time.perf_counter()
        if now >= until:
            return
        for number, _event in poll.poll(until - now):
            connection = connections[number]
            response = connection.receive()
            if response is None:
                continue
            if response.status not in connection.request.expect:
                raise UnexpectedAnswerError(describe(connection.request, response))
            if connection.request.ends_unit and connection.unit_began_at is not None:
                tally.times.append(time.perf_counter() - connection.unit_began_at)
                connection.unit_began_at = None
            if b"onnection: close" in response.head or b"HTTP/1.0" in response.head:
                connection.close(poll, connections)
            advance(connection, response, poll, connections)


def advance(
    connection: Connection, response: Response | None, poll: select.epoll, connections: dict[int, Connection]
) -> None:
    try:
        request = next(connection.visitor) if response is None else connection.visitor.send(response)
    except StopIteration:
        connection.close(poll, connections)
        return
    connection.send(request, poll, connections)


def describe(request: Request, response: Response) -> str:
    line = request.data.split(b"\r\n", 1)[0].decode()
    return f"{line} was answered with {response.status}:\n{response.body[:2000].decode(errors='replace')}"
