"""How many SQL statements one request takes, without the brackets of its transaction."""

from collections.abc import Callable

from django.db import connection
from django.http.response import HttpResponseBase
from django.test.utils import CaptureQueriesContext

BRACKETS = ("BEGIN", "COMMIT", "ROLLBACK")


def count_queries(request: Callable[[], HttpResponseBase], *, status: int = 200) -> int:
    """Make the request in this process and count."""
    with CaptureQueriesContext(connection) as captured:
        response = request()
    if response.status_code != status:
        raise RuntimeError(f"counted a request that was answered with {response.status_code}")
    return sum(not query["sql"].startswith(BRACKETS) for query in captured)
