"""Settings every way of running shares; the only package that reads the environment."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import django_stubs_ext
import environ
from celery.schedules import crontab
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _
from kombu import Queue

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")

# --- The site ---------------------------------------------------------------------------------
SITE_NAME = env.str("SITE_NAME", "Houselights")
SITE_URL = env.str("SITE_URL", "http://localhost:8000").rstrip("/")
INSECURE_SECRET_KEY = "insecure-only-for-demo-and-tests"  # noqa: S105
SECRET_KEY = env.str("SECRET_KEY", INSECURE_SECRET_KEY)
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ADMINS = [("Site administrator", address) for address in env.list("ADMIN_EMAILS", default=[])]

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_celery_beat",
    "django_htmx",
    "djmoney",
    "import_export",
    "phonenumber_field",
    "ticketing",
    "ticketing.outbox",
    "notifications",
    "accounts",
    "venues",
    "events",
    "promotions",
    "waitingroom",
    "bookings",
    "payments",
    "scanner",
]

# First what maps ask for every second, which is answered by the view alone. Then the page cache, so that
# a page served from it costs one Redis read and nothing else.
MIDDLEWARE = [
    "ticketing.short_stack.ShortStackMiddleware",
    "ticketing.middleware.PublicPageCacheMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ticketing.middleware.ContentSecurityPolicyMiddleware",
    "ticketing.middleware.DatabaseAwayMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.StaffMfaMiddleware",
]

ROOT_URLCONF = "ticketing.urls"
WSGI_APPLICATION = "ticketing.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ticketing.context_processors.site",
            ],
        },
    },
]

# --- Data -------------------------------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
}
MYSQL_OPTIONS = {
    "charset": "utf8mb4",
    "isolation_level": "read committed",
    "init_command": "SET sql_mode='STRICT_TRANS_TABLES', innodb_lock_wait_timeout=5",
}


def database_from(url: str) -> dict[str, object]:
    """The DATABASES entry for one URL, with the options that our inventory relies on."""
    config: dict[str, object] = environ.Env.db_url_config(url)
    is_mysql = config["ENGINE"] == "django.db.backends.mysql"
    config["OPTIONS"] = MYSQL_OPTIONS if is_mysql else SQLITE_OPTIONS
    config["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", 600) if is_mysql else 0
    config["CONN_HEALTH_CHECKS"] = is_mysql
    config["ATOMIC_REQUESTS"] = False
    return config


DATABASES = {"default": database_from(env.str("DATABASE_URL", f"sqlite:///{BASE_DIR / '.demo' / 'db.sqlite3'}"))}

REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "ticketing.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": env.str("CACHE_PREFIX", "houselights"),
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    },
    # What one process may remember for some seconds without asking anyone.
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", BASE_DIR / "staticfiles")
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("vendor/bootstrap", BASE_DIR / "node_modules/bootstrap/dist"),
    ("vendor/jsqr", BASE_DIR / "node_modules/jsqr/dist"),
]
MEDIA_URL = "media/"
MEDIA_ROOT = env.path("MEDIA_ROOT", BASE_DIR / "media")
SERVE_MEDIA = env.bool("SERVE_MEDIA", False)

# --- People -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.ApprovedUserBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupForm"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
NEW_USERS_NEED_APPROVAL = env.bool("NEW_USERS_NEED_APPROVAL", False)
STAFF_NEED_MFA = env.bool("STAFF_NEED_MFA", False)

# --- Selling ----------------------------------------------------------------------------------
CURRENCIES = env.list("CURRENCIES", default=["EUR", "USD", "GBP", "INR", "CHF", "CAD", "MXN"])
DEFAULT_CURRENCY = env.str("DEFAULT_CURRENCY", "EUR")
HOLD_PERIOD = timedelta(seconds=env.int("HOLD_SECONDS", 600))
HOLD_CAP = timedelta(seconds=env.int("HOLD_CAP_SECONDS", 1800))
# A waiting room lets fewer people in while holding places takes longer than that.
QUEUE_SLOW_HOLD = timedelta(milliseconds=env.int("QUEUE_SLOW_HOLD_MS", 500))
PAYMENT_WINDOW = timedelta(seconds=env.int("PAYMENT_WINDOW_SECONDS", 900))
# After the customer's time is up we still ask the gateway before anyone else may take the places.
RELEASE_GRACE = timedelta(seconds=env.int("RELEASE_GRACE_SECONDS", 60))
# Baskets that guests of one address may begin within HOLD_PERIOD; 0: any number.
GUEST_BASKETS_PER_ADDRESS = env.int("GUEST_BASKETS_PER_ADDRESS", 30)
# Unknown promo codes that may come from one address within HOLD_PERIOD; 0: any number.
WRONG_CODES_PER_ADDRESS = env.int("WRONG_CODES_PER_ADDRESS", 20)
# How long an offer from a waiting list is kept, and when before the start the list closes.
WAITING_LIST_OFFER = timedelta(minutes=env.int("WAITING_LIST_OFFER_MINUTES", 30))
WAITING_LIST_CLOSES = timedelta(hours=env.int("WAITING_LIST_CLOSES_HOURS", 2))
# Staff's refunds above this sum wait for a second person; 0: none do.
REFUND_APPROVAL_LIMIT = Decimal(env.str("REFUND_APPROVAL_LIMIT", "0")) or None
# Limits of single currencies, before the one above: "EUR:200,INR:20000".
REFUND_APPROVAL_LIMITS = {
    currency.strip().upper(): Decimal(limit)
    for currency, _colon, limit in (each.partition(":") for each in env.list("REFUND_APPROVAL_LIMITS", default=[]))
}
# How far back each day's comparison with the payment providers looks.
RECONCILIATION_DAYS = env.int("RECONCILIATION_DAYS", 3)
# The series receipts are numbered in, by the day (strftime): a new one each year. And who issues them, in lines.
RECEIPT_SERIES = env.str("RECEIPT_SERIES", "%Y")
RECEIPT_ISSUER = [line.strip() for line in env.str("RECEIPT_ISSUER", SITE_NAME).split("|")]
# How long credit may be spent; none where the law or the house wants no end.
# The smallest and the largest gift voucher that is sold, in DEFAULT_CURRENCY; 0 for the largest sells none.
GIFT_VOUCHER_LEAST = env.int("GIFT_VOUCHER_LEAST", 10)
GIFT_VOUCHER_MOST = env.int("GIFT_VOUCHER_MOST", 500)
VOUCHER_VALIDITY = timedelta(days=env.int("VOUCHER_VALID_DAYS", 1095)) or None
PUBLIC_PAGE_SECONDS = env.int("PUBLIC_PAGE_SECONDS", 2)
# Ed25519 private keys, base64 of 32 bytes; the first signs, all verify.
TICKET_SIGNING_KEYS = env.list("TICKET_SIGNING_KEYS", default=[])
# DejaVuSans.ttf and DejaVuSans-Bold.ttf: the standard PDF fonts know no rupee sign and few names.
TICKET_FONT_DIR = env.path("TICKET_FONT_DIR", BASE_DIR / "node_modules/dejavu-fonts-ttf/ttf")

# --- Payment ----------------------------------------------------------------------------------
# Several may be on at once; customers choose a way to pay, and the back office which gateway takes it.
PAYMENT_GATEWAYS = env.list("PAYMENT_GATEWAYS", default=["sandbox"])
SANDBOX_API_URL = env.str("SANDBOX_API_URL", "http://127.0.0.1:8010").rstrip("/")
PAYMENT_PAGE_ORIGINS = env.list("PAYMENT_PAGE_ORIGINS", default=[SANDBOX_API_URL])
SANDBOX_API_KEY = env.str("SANDBOX_API_KEY", "sandbox-api-key")
INSECURE_WEBHOOK_SECRET = "sandbox-webhook-secret"  # noqa: S105
SANDBOX_WEBHOOK_SECRET = env.str("SANDBOX_WEBHOOK_SECRET", INSECURE_WEBHOOK_SECRET)
STRIPE_API_KEY = env.str("STRIPE_API_KEY", "")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", "")
STRIPE_API_URL = env.str("STRIPE_API_URL", "").rstrip("/")
RAZORPAY_KEY_ID = env.str("RAZORPAY_KEY_ID", "")
RAZORPAY_KEY_SECRET = env.str("RAZORPAY_KEY_SECRET", "")
RAZORPAY_WEBHOOK_SECRET = env.str("RAZORPAY_WEBHOOK_SECRET", "")
RAZORPAY_API_URL = env.str("RAZORPAY_API_URL", "https://api.razorpay.com").rstrip("/")
# Fernet keys of saved cards' tokens: the first encrypts, all decrypt; without one no card is saved.
SAVED_METHOD_KEYS = env.list("SAVED_METHOD_KEYS", default=[])

# --- Messages ---------------------------------------------------------------------------------
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
# Shorter than the lease of a notification: two workers never send the same mail.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", 20)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"{SITE_NAME} <tickets@localhost>")
SERVER_EMAIL = env.str("SERVER_EMAIL", DEFAULT_FROM_EMAIL)

# --- Background work --------------------------------------------------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A page never waits for an absent broker; the outbox is swept by beat anyway.
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 30}
CELERY_TASK_PUBLISH_RETRY = False
# So long a worker goes on with one kind of work; then the sweeps and ticks that waited have their turn.
WORK_STRETCH_SECONDS = 2.0
# Nobody's tickets wait behind a thousand mails: a worker may be told to look after their queue alone.
CELERY_TASK_QUEUES = [Queue("celery"), Queue("tickets")]
CELERY_TASK_ROUTES = {"payments.tasks.take_over_events": {"queue": "tickets"}}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
# A worker that was away starts with the present, not with an hour of old ticks.
STALE_TICK = {"expire_seconds": 15}
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": seconds, "options": STALE_TICK}
    for name, task, seconds in (
        ("deliver-outbox", "ticketing.outbox.tasks.deliver_outbox", 5.0),
        ("take-over-events", "payments.tasks.take_over_events", 5.0),
        ("release-lapsed-holds", "bookings.tasks.release_lapsed_holds", 2.0),
        ("keep-queues-running", "waitingroom.tasks.keep_queues_running", 1.0),
        ("refresh-free-places", "bookings.tasks.refresh_free_places", 1.0),
        ("serve-waiting-lists", "bookings.tasks.serve_waiting_lists", 5.0),
        ("close-offers", "bookings.tasks.close_offers", 15.0),
        ("settle-resales", "payments.tasks.settle_resales", 30.0),
        ("settle-unpaid-bookings", "payments.tasks.settle_unpaid_bookings", 10.0),
        ("check-gateways", "payments.tasks.check_gateways", 30.0),
        ("send-gift-vouchers", "payments.tasks.send_gift_vouchers", 60.0),
        ("watch-call-offs", "payments.tasks.watch_call_offs", 60.0),
        ("watch-reschedulings", "payments.tasks.watch_reschedulings", 60.0),
    )
}
# Once a day, when few people buy; a worker that was away in the night catches up in the morning.
CELERY_BEAT_SCHEDULE["reconcile"] = {
    "task": "payments.tasks.reconcile",
    "schedule": crontab(hour=4, minute=10),
    "options": {"expire_seconds": 6 * 3600},
}

# --- Time, language, security -----------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# How many proxies of ours a request passes; were it fewer, visitors could choose the address they come from.
TRUSTED_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", 0)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "ticketing.views.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        # Browsers hold the redirect after a form to this too, so the provider's page is named.
        "form-action": ["'self'", *PAYMENT_PAGE_ORIGINS],
        "frame-ancestors": ["'none'"],
    }
}
# Unfold's Alpine.js evaluates its attributes and sets style attributes; only the admin gets this.
ADMIN_CONTENT_SECURITY_POLICY = {
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "ticketing.logs.IdFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain"},
        "mail_admins": {"class": "django.utils.log.AdminEmailHandler", "level": "ERROR"},
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"handlers": ["mail_admins"], "level": "ERROR", "propagate": True},
        # They write addresses and bodies of requests, which hold tokens of saved cards.
        "stripe": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
    },
}

UNFOLD = {
    "SITE_TITLE": SITE_NAME,
    "SITE_HEADER": SITE_NAME,
    "SITE_SYMBOL": "theater_comedy",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("site/icon.svg")},
    ],
    "SHOW_HISTORY": True,
    "SIDEBAR": {"navigation": "ticketing.admin.navigation.list_navigation"},
    "STYLES": [lambda request: static("backoffice/backoffice.css")],
    "DASHBOARD_CALLBACK": "payments.admin.dashboard.show_dashboard",
    "COLORS": {
        "base": {
            "50": "250 250 249",
            "100": "245 245 244",
            "200": "231 229 228",
            "300": "214 211 209",
            "400": "168 162 158",
            "500": "120 113 108",
            "600": "87 83 78",
            "700": "68 64 60",
            "800": "41 37 36",
            "900": "28 25 23",
            "950": "20 17 15",
        },
        "primary": {
            "50": "255 251 235",
            "100": "254 243 199",
            "200": "253 230 138",
            "300": "252 211 77",
            "400": "251 191 36",
            "500": "217 119 6",
            "600": "180 83 9",
            "700": "146 64 14",
            "800": "120 53 15",
            "900": "69 26 3",
            "950": "41 15 2",
        },
    },
}
