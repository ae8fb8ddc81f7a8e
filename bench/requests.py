"""The bytes that a browser would send, and the visitors that most benchmarks share."""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from bench.load import Request, Response, UnexpectedAnswerError, Visitor

HOST = "127.0.0.1"
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


def get(
    path: str, *, cookies: Mapping[str, str] | None = None, ends_unit: bool = True, is_gzip: bool = False
) -> Request:
    lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}", "Accept: text/html", *cookie_line(cookies or {})]
    if is_gzip:
        lines.append("Accept-Encoding: gzip")
    return Request("\r\n".join([*lines, "", ""]).encode(), ends_unit=ends_unit)


def post(
    path: str,
    fields: Mapping[str, object],
    *,
    cookies: Mapping[str, str],
    expect: tuple[int, ...] = (302,),
    ends_unit: bool = True,
    is_htmx: bool = False,
) -> Request:
    body = urlencode(fields)
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {HOST}",
        "Accept: */*" if is_htmx else "Accept: text/html",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        *(["HX-Request: true"] if is_htmx else []),
        *cookie_line(cookies),
    ]
    return Request("\r\n".join([*lines, "", body]).encode(), expect=expect, ends_unit=ends_unit)


def post_json(path: str, body: bytes, *, headers: Mapping[str, str], expect: tuple[int, ...] = (200,)) -> Request:
    """What another program would send."""
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {HOST}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return Request("\r\n".join([*lines, "", ""]).encode() + body, expect=expect)


def cookie_line(cookies: Mapping[str, str]) -> list[str]:
    return ["Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items())] if cookies else []


def read_token(response: Response) -> str:
    """The CSRF token in the page's form."""
    found = TOKEN.search(response.body)
    if found is None:
        raise UnexpectedAnswerError("a page without its form")
    return found[1].decode()


def reader(path: str) -> Visitor:
    """Ask for one page again and again."""
    request = get(path)
    while True:
        yield request
