"""Production: refuses to start with anything a stranger could know."""

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from ticketing.settings.base import *  # noqa: F403
from ticketing.settings.base import (
    INSECURE_SECRET_KEY,
    INSECURE_WEBHOOK_SECRET,
    PAYMENT_GATEWAYS,
    SANDBOX_WEBHOOK_SECRET,
    SAVED_METHOD_KEYS,
    SECRET_KEY,
    SITE_URL,
    TICKET_SIGNING_KEYS,
    env,
)

if SECRET_KEY == INSECURE_SECRET_KEY or len(SECRET_KEY) < 40:
    raise ImproperlyConfigured(
        "SECRET_KEY is missing, too short or the default one. Set it in the environment to at least "
        "40 random characters: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
    )
if not TICKET_SIGNING_KEYS:
    raise ImproperlyConfigured(
        "TICKET_SIGNING_KEYS is empty, so no ticket could be signed. Make a key with: "
        "python manage.py make_ticket_key --settings=ticketing.settings.demo"
    )
try:
    for saved_method_key in SAVED_METHOD_KEYS:
        Fernet(saved_method_key)
except ValueError:
    raise ImproperlyConfigured(
        "SAVED_METHOD_KEYS holds something that is no key, so no card could be saved. Make a key with: "
        "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
    ) from None
if "sandbox" in PAYMENT_GATEWAYS and not env.bool("ALLOW_SANDBOX", False):
    raise ImproperlyConfigured(
        "PAYMENT_GATEWAYS names 'sandbox', which moves no money. Choose a real gateway, "
        "or set ALLOW_SANDBOX=true for a rehearsal."
    )

if "sandbox" in PAYMENT_GATEWAYS and SANDBOX_WEBHOOK_SECRET == INSECURE_WEBHOOK_SECRET:
    raise ImproperlyConfigured(
        "SANDBOX_WEBHOOK_SECRET is the default one, so anyone could report a payment. Set another in the environment."
    )

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", True)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", True)
SESSION_COOKIE_SECURE = env.bool("SECURE_COOKIES", True)
CSRF_COOKIE_SECURE = env.bool("SECURE_COOKIES", True)

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "ticketing.static_storage.StaticStorage"},
}
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SITE_URL.startswith("https") else "http"
