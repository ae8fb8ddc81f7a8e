"""What everything is measured against: a Django project of one view, and one view with one UPDATE.

No middleware, no templates, no apps; the same gunicorn, the same database settings. Served as
`bench.bare:application` with DATABASE_URL in the environment.
"""

import os
import random

import environ
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from bench.bare_table import ROWS, TABLE

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[],
    DATABASES={
        "default": {
            **environ.Env.db_url_config(os.environ["DATABASE_URL"]),
            "CONN_MAX_AGE": 600,
            "OPTIONS": {"charset": "utf8mb4", "isolation_level": "read committed"},
        }
    },
)


def answer() -> HttpResponse:
    response = HttpResponse(b"Hello")
    # CommonMiddleware is absent, and without a length gunicorn would send chunks.
    response.headers["Content-Length"] = "5"
    return response


def view(request: HttpRequest) -> HttpResponse:
    return answer()


def update(request: HttpRequest) -> HttpResponse:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET n = n + 1 WHERE id = %s", [random.randint(1, ROWS)])
    return answer()


urlpatterns = [path("", view), path("update", update)]
application = get_wsgi_application()
