"""The test suite: MariaDB and Redis from DATABASE_URL and REDIS_URL, quick password hashing."""

from ticketing.settings.demo import *  # noqa: F403
from ticketing.settings.demo import CACHES, REDIS_URL, env


def redis_of_this_worker(url: str) -> str:
    """Each pytest-xdist worker has its own Redis database, as it has its own SQL database."""
    server, _, number = url.rpartition("/")
    worker = int(env.str("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return f"{server}/{int(number) + worker}"


REDIS_URL = CELERY_BROKER_URL = CACHES["default"]["LOCATION"] = redis_of_this_worker(REDIS_URL)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = False
# A test's worker delivers everything, on a slow machine too.
WORK_STRETCH_SECONDS = 600.0
PUBLIC_PAGE_SECONDS = 0
