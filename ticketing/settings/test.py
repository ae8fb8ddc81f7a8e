"""The test suite: MariaDB and Redis from DATABASE_URL and REDIS_URL, quick password hashing."""

from ticketing.settings.demo import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = False
PUBLIC_PAGE_SECONDS = 0
