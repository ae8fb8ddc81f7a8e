"""The zero-set-up demo: SQLite and an embedded Redis. Never for real sales."""

from ticketing.settings.base import *  # noqa: F403
from ticketing.settings.base import env

# Fixed on purpose: demo tickets stay valid between starts. Production refuses to start without its own.
TICKET_SIGNING_KEYS = env.list("TICKET_SIGNING_KEYS", default=["ZGVtby1vbmx5LWtleS1kZW1vLW9ubHkta2V5LTEyMzQ="])
SAVED_METHOD_KEYS = env.list("SAVED_METHOD_KEYS", default=["ZGVtby1vbmx5LWtleS1kZW1vLW9ubHkta2V5LTEyMzQ="])
WHITENOISE_USE_FINDERS = True
SERVE_MEDIA = True

# A stranger without a mail server still wants to read what the site sends.
if DEMO_MAIL_FOLDER := env.str("DEMO_MAIL_FOLDER", ""):
    EMAIL_BACKEND = "deploy.mail.FolderBackend"
    EMAIL_FILE_PATH = DEMO_MAIL_FOLDER
