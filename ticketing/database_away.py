"""What is said while the database is away, or too busy to answer in time."""

import logging

from django.db import Error, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

logger = logging.getLogger(__name__)

RETRY_SECONDS = 10
# Server errors that pass by themselves: too many connections, shutting down, lock time-out, deadlock, read-only,
# statement time-out. Errors from 2000 on are the client's: no connection, or a lost one.
PASSING_MYSQL_ERRORS = {1040, 1053, 1205, 1213, 1290, 1836, 1969, 3024}
FIRST_CLIENT_ERROR = 2000
PASSING_SQLITE_ERRORS = ("database is locked", "database table is locked", "unable to open database file", "disk i/o")


def is_database_away(fault: BaseException | None) -> bool:
    """Whether a later try may succeed; a wrong query (an unknown column, say) stays an ordinary fault."""
    if isinstance(fault, InterfaceError):
        return True
    if not isinstance(fault, OperationalError) or not fault.args:
        return False
    code = fault.args[0]
    if isinstance(code, int):
        return code >= FIRST_CLIENT_ERROR or code in PASSING_MYSQL_ERRORS
    return str(code).lower().startswith(PASSING_SQLITE_ERRORS)


def say_database_is_away(request: HttpRequest, fault: BaseException) -> HttpResponse:
    logger.error("database away", exc_info=fault)
    try:
        response = render(request, "503.html", status=503)
    except Error:  # The page itself needs no query; a context processor of someone's own might.
        response = HttpResponse("Please try again in a moment.", content_type="text/plain", status=503)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response
