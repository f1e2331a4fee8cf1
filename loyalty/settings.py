"""Settings of the product: one file. What differs between places comes from the environment (see .env.example)."""

import contextlib
import hashlib
import os
import secrets
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from redis.backoff import NoBackoff
from redis.retry import Retry

from loyalty import embedded
from loyalty.environment import BadEnvironment, read_bool, read_choice, read_int, read_list, read_text, read_url
from loyalty.logs import logging_configuration

BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(BASE_DIR / ".env")
VAR_DIR = embedded.var_dir()

# pytest sets this for itself and whatever it starts. Its Django plug-in loads the settings before any conftest,
# so this is the last moment at which the ports of the servers can still be learned.
TESTING = "PYTEST_VERSION" in os.environ
if TESTING:
    embedded.hold()


def _read_secret(name: str) -> str:
    """Read it from the environment; on one machine with its own database, made once and kept in var."""
    given = read_text(name)
    if given:
        return given
    if read_text("DATABASE_URL"):
        raise BadEnvironment(f"{name} must be set when DATABASE_URL is set (50 or more random characters)")
    path = VAR_DIR / name.lower()
    if not path.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):  # the first of several processes wins
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text()


def _instance_dir() -> Path:
    """Return where the mark is that shows a restored database: never among the data that are restored together."""
    given = read_text("INSTANCE_DIR")
    if given:
        return Path(given)
    if TESTING:
        return VAR_DIR / "instance"
    state = read_text("XDG_STATE_HOME") or str(Path("~/.local/state").expanduser())
    if not Path(state).is_absolute():  # a user without a home
        raise BadEnvironment("INSTANCE_DIR must be set: a directory apart from the data, which backups leave out")
    return Path(state) / "loyalty" / hashlib.sha256(str(VAR_DIR).encode()).hexdigest()[:12]


# ---- The instance --------------------------------------------------------------------------------------------------

DEBUG = read_bool("DEBUG", default=False)
VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
SECRET_KEY = _read_secret("SECRET_KEY")
CODE_KEY = _read_secret("CODE_KEY")  # coupon codes and QR tokens are hashed and encrypted with it
PORT = read_int("PORT", 8000, low=1, high=65535)
PUBLIC_URL = read_url("PUBLIC_URL", f"http://127.0.0.1:{PORT}", schemes=frozenset({"http", "https"})).rstrip("/")
_https = PUBLIC_URL.startswith("https://")
IS_PRODUCTION = _https or bool(read_text("DATABASE_URL"))
ALLOWED_HOSTS = [*read_list("ALLOWED_HOSTS"), urlsplit(PUBLIC_URL).hostname or ""]
if not IS_PRODUCTION:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = read_list("CSRF_TRUSTED_ORIGINS", (PUBLIC_URL,))
TRUSTED_PROXY_COUNT = read_int("TRUSTED_PROXY_COUNT", 0, low=0, high=10)

ROOT_URLCONF = "loyalty.urls"
WSGI_APPLICATION = "loyalty.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "loyalty.staticfiles.ServedFiles",
    "django.contrib.postgres",
    "django.forms",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "common",
    "merchants",
    "products",
    "ledger",
    "members",
    "messaging",
    "rewards",
    "sales",
    "segments",
    "campaigns",
    "insights",
    "onboarding",
    "imports",
    "enrolment",
    "people",
    "member_pages",
    "backoffice",
    "pos_integration",
    "loyalty",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "loyalty.middleware.RequestLog",
    "loyalty.middleware.ProxyWatch",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "loyalty.middleware.SenderWatch",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "backoffice.context.frame",
            ],
            # Its `csrf_token` takes the place of Django's: every form also says which store it was drawn for.
            "builtins": ["backoffice.templatetags.form_marks"],
        },
    },
]

FORM_RENDERER = "backoffice.form_renderer.ProductFormRenderer"

# ---- The database --------------------------------------------------------------------------------------------------
# One alias, two roles: the application's, which owns nothing, and the owner's, which migrates (DATABASE_ROLE=owner).

_POSTGRES = frozenset({"postgres", "postgresql"})


def _database_url(name: str, embedded_url: str) -> str:
    if embedded_url and not read_text("DATABASE_URL"):
        return embedded_url
    return read_url(name, "", schemes=_POSTGRES)


_plan = embedded.read_plan() if embedded.needed() else None
DATABASE_ROLE = read_choice("DATABASE_ROLE", "app", choices=frozenset({"app", "owner"}))
DATABASE_APP_URL = _database_url("DATABASE_URL", _plan.app_url if _plan else "")
_owner_is_known = DATABASE_ROLE == "owner" or bool(read_text("DATABASE_OWNER_URL")) or not read_text("DATABASE_URL")
DATABASE_OWNER_URL = _database_url("DATABASE_OWNER_URL", _plan.owner_url if _plan else "") if _owner_is_known else ""
DATABASE_APP_ROLE = environ.Env.db_url_config(DATABASE_APP_URL)["USER"]


def database_configuration(url: str) -> dict[str, Any]:
    """Return Django's description of the database at `url`, with what every connection of the product has."""
    parsed = environ.Env.db_url_config(url)
    return {
        **parsed,
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,  # a transaction pooler hands the next statement to another session
        "OPTIONS": {"connect_timeout": 3, "application_name": "loyalty", **parsed.get("OPTIONS", {})},
    }


DATABASES = {"default": database_configuration(DATABASE_APP_URL if DATABASE_ROLE == "app" else DATABASE_OWNER_URL)}

# ---- Redis and the work queue --------------------------------------------------------------------------------------
# Rows in PostgreSQL are the truth; Redis and Celery only wake someone up. Tests use databases of their own,
# one per test worker, so that a running worker never takes their tasks.

_redis_database = 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 15 if TESTING else 0
REDIS_URL = read_url(
    "REDIS_URL",
    _plan.redis_url(database=_redis_database) if _plan else "",
    schemes=frozenset({"redis", "rediss", "unix"}),
)

CACHES = {
    "default": {
        "BACKEND": "loyalty.cache.RedisOrLocalCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "json",
        # One attempt: what happens without Redis is decided by the cache, not by waiting.
        "OPTIONS": {
            "serializer": "loyalty.cache.JsonSerializer",
            "socket_connect_timeout": 0.25,
            "socket_timeout": 0.5,
            "retry": Retry(NoBackoff(), 0),
        },
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 1200,
    "global_keyprefix": "celery:",
    "socket_connect_timeout": 0.5,
    "socket_timeout": 3,
    "socket_keepalive": True,
    "health_check_interval": 25,
    # A publisher asks the broker once: without this kombu waits for a stopped broker for ever.
    "max_retries": 0,
    "interval_start": 0,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TIMEZONE = "UTC"

# ---- Mail ----------------------------------------------------------------------------------------------------------

_MAIL = frozenset({"smtp", "smtps", "smtp+tls", "smtp+ssl", "consolemail", "filemail", "memorymail", "dummymail"})
EMAIL_URL = read_url(
    "EMAIL_URL", f"smtp://127.0.0.1:{_plan.smtp_port}" if _plan else "smtp://127.0.0.1:25", schemes=_MAIL
)
EMAIL_IS_LOCAL = not read_text("EMAIL_URL")  # the mail sink of `make run` takes it
LOCAL_MAIL_DIR = VAR_DIR / "mail" if EMAIL_IS_LOCAL and not IS_PRODUCTION else None  # shown at /local-mail/
_mail = environ.Env.email_url_config(EMAIL_URL)
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail["EMAIL_HOST"] or ""
EMAIL_PORT = _mail["EMAIL_PORT"] or 25
EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _mail["EMAIL_FILE_PATH"]
EMAIL_TIMEOUT = 10
_mail_host = urlsplit(PUBLIC_URL).hostname or ""
if not _mail_host.rpartition(".")[2].isalpha() or "." not in _mail_host:
    _mail_host = "loyalty.localhost"  # an address of this machine is no sender's
DEFAULT_FROM_EMAIL = read_text("DEFAULT_FROM_EMAIL", f"Loyalty <loyalty@{_mail_host}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# ---- Campaigns -----------------------------------------------------------------------------------------------------
# A worker that vanished loses what it held after the lease; twice as long as a task may send.

CAMPAIGN_LEASE_SECONDS = read_int("CAMPAIGN_LEASE_SECONDS", 300, low=2, high=3600)
CAMPAIGN_SENDING_SLOTS = read_int("CAMPAIGN_SENDING_SLOTS", 1, low=1, high=16)
INSTANCE_DIR = _instance_dir()

# Each night's seals are also written here, off the database, so that a chain rewritten as a whole is noticed.

SEAL_DIR = Path(read_text("SEAL_DIR", str(VAR_DIR / "seals")))

# ---- People who log in ---------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "merchants.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if TESTING:  # argon2 takes 50 ms on purpose; a test run makes hundreds of users
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_ADAPTER = "loyalty.accounts.StaffAccounts"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CHANGE_EMAIL = True  # one address each: a new one waits until it is proved, then takes the old one's place
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_FORMS = {
    "login": "loyalty.account_forms.SignInForm",
    "add_email": "loyalty.account_forms.NewAddressForm",
    "reset_password": "loyalty.account_forms.NewPasswordForm",
    "reset_password_from_key": "loyalty.account_forms.ChoosePasswordForm",
}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if _https else "http"
# Passwords are counted by `loyalty.sign_in_limits`; "login_failed" is left for codes of the second step. No one is
# refused for what others behind the same address do, so what counts by address alone is wide.
ACCOUNT_RATE_LIMITS = {
    "login": "600/m/ip",
    "login_failed": "5/300s/key",
    "reset_password": "120/m/ip,5/m/key",
    "reset_password_from_key": "120/m/ip",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Loyalty"

# ---- What a browser may do -----------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("accelerometer", "camera", "geolocation", "gyroscope", "microphone", "payment", "usb")
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _https
SESSION_COOKIE_AGE = 14 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

# ---- Languages and time --------------------------------------------------------------------------------------------

LANGUAGE_CODE = "id"
LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# ---- Files ---------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(read_text("STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("map", "png", "woff", "woff2", "gz", "br")
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = TESTING or DEBUG

# ---- The till's API ------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Loyalty POS API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "DEFAULT_GENERATOR_CLASS": "pos_integration.schema.document.TillSchemaGenerator",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
LOGGING = logging_configuration(level=read_text("LOG_LEVEL", "INFO").upper())
