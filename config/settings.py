"""All settings, from the environment, in one file. `.env.example` names every variable."""

import sys
import uuid
from urllib.parse import urlsplit

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from config import env, logs

django_stubs_ext.monkeypatch()  # lets classes name their types: admin.ModelAdmin[Widget]

BASE_DIR = env.BASE_DIR
DATA_DIR = env.data_dir()

# What kind of copy this is. Demo data and the sample shop carry known passwords and keys: loopback only.
DEBUG = env.flag("DEBUG")
HOST = env.text("HOST", "127.0.0.1")
PORT = env.number("PORT", default=8000)
DEMO = env.flag("DEMO", default=env.is_embedded()) and env.is_private()

SECRET_KEY = env.secret_key()
PUBLIC_URL = env.text("PUBLIC_URL").rstrip("/")
IS_HTTPS = PUBLIC_URL.startswith("https://")
ALLOWED_HOSTS = env.listing("ALLOWED_HOSTS")
if PUBLIC_URL:
    ALLOWED_HOSTS.append(urlsplit(PUBLIC_URL).hostname or "")
if HOST in env.LOOPBACK:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS or PUBLIC_URL must be set when HOST is not a loopback address.")
CSRF_TRUSTED_ORIGINS = env.listing("CSRF_TRUSTED_ORIGINS", default=(PUBLIC_URL,) if PUBLIC_URL else ())

INSTALLED_APPS = [
    # First: it replaces runserver. Not otherwise: it would bring all of Twisted into every process.
    *(["daphne"] if DEBUG else []),
    "config.apps.Admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "config.apps.StaticFiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "authsettings",
    "workstreams",
    "chat",
    "routing",
    "config",
]

MIDDLEWARE = [
    "config.metrics.requests.measure_requests",
    "config.health.answer_probes",
    "django.middleware.security.SecurityMiddleware",
    "config.static.StaticMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.languages.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"

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
            ],
        },
    },
]

# PostgreSQL. Connections come from a pool, so none may outlive its request or task (CONN_MAX_AGE 0);
# the check on checkout makes a restarted database cost nobody an error.
DATABASE_URL = env.service_url(name="DATABASE_URL", service="database")
DB_TIMEOUTS_MS = {
    "lock_timeout": env.number("DB_LOCK_TIMEOUT_MS", default=3_000),
    "statement_timeout": env.number("DB_STATEMENT_TIMEOUT_MS", default=10_000),
    "idle_in_transaction_session_timeout": env.number("DB_IDLE_TRANSACTION_TIMEOUT_MS", default=10_000),
}
DATABASES = {"default": env.database(url=DATABASE_URL)}
DATABASES["default"] |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
DATABASES["default"]["OPTIONS"] |= {
    "connect_timeout": 5,
    "options": " ".join(f"-c {name}={value}" for name, value in DB_TIMEOUTS_MS.items()),
}
DB_POOL_SIZE = env.number("DB_POOL_SIZE", default=24)
if DB_POOL_SIZE:
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": DB_POOL_SIZE, "timeout": 5}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis holds nothing that counts: the broker, and one publish/subscribe channel between processes.
REDIS_URL = env.service_url(name="REDIS_URL", service="redis")
REDIS_TIMEOUT_SECONDS = 1.0

# Signing in. Sessions live in the database: they must end everywhere within seconds, and Redis may be away.
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/console/"
LOGOUT_REDIRECT_URL = LOGIN_URL
SESSION_ENGINE = "django.contrib.sessions.backends.db"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if env.flag("TEST_PASSWORDS"):  # tests sign in hundreds of times, and protect nobody
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# What a browser may do with our pages. The widget's frame replaces frame-ancestors by its allowed domains.
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
# A proxy that speaks https for us must say so itself, and must overwrite what clients claim.
BEHIND_PROXY = env.flag("BEHIND_PROXY", default=IS_HTTPS)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env.flag("HSTS_SUBDOMAINS")

LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
# What customers are spoken to in: each has every text of theirs, which a test looks after.
LANGUAGES = [
    ("ar", "العربية"),
    ("de", "Deutsch"),
    ("en", "English"),
    ("es", "Español"),
    ("fr", "Français"),
    ("ja", "日本語"),
]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# Static files. Names carry a hash of the content, and modules import each other by those names.
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=DATA_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
HASHED_STATIC = env.flag("HASHED_STATIC", default=not DEBUG)
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not HASHED_STATIC
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": DATA_DIR / "uploads",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "config.static.HashedStorage"
        if HASHED_STATIC
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

MAILERS = {"default": env.mailer(url=env.text("EMAIL_URL"))}
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("EMAIL_FROM", "parley@localhost")
HAS_MAIL_SERVER = bool(env.text("EMAIL_URL"))
# Without a mail server the demo prints e-mails to the terminal; anywhere else that would put addresses into logs.
SENDS_MAIL = HAS_MAIL_SERVER or DEMO or DEBUG

REST_FRAMEWORK = {
    # A view says who may enter; one that forgets to lets nobody in.
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "URL_FORMAT_OVERRIDE": None,  # `?format=` is ours to use
    "EXCEPTION_HANDLER": "chat.api.errors.handle",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Parley",
    "DESCRIPTION": "Conversations between customers and agents.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

LOGGING_CONFIG = None
logs.configure(
    level=env.text("LOG_LEVEL", "INFO").upper(), as_json=env.flag("LOG_JSON", default=not sys.stdout.isatty())
)

# The product's own numbers. Minutes without activity before a conversation is closed, by mode and state
# (spec 3, Auto-close); None is never: what an agent has is not closed by time. `waiting` is the workstream's own setting.
PARLEY_AUTO_CLOSE_MINUTES: dict[str, dict[str, int | None]] = {
    "live": {
        "open": env.minutes("AUTO_CLOSE_LIVE_OPEN", default=20),
        "active": None,
        "wrap_up": env.minutes("AUTO_CLOSE_LIVE_WRAP_UP", default=15),
    },
    "persistent": {
        "open": env.minutes("AUTO_CLOSE_PERSISTENT_OPEN", default=30 * 24 * 60),
        "active": None,
        "wrap_up": env.minutes("AUTO_CLOSE_PERSISTENT_WRAP_UP", default=24 * 60),
    },
}
PARLEY_UPLOAD_BYTES = env.number("MAX_UPLOAD_BYTES", default=5 * 1024 * 1024)  # of one file
# No file is taken that leaves less of the disk free. The embedded database lives there, too.
PARLEY_DISK_RESERVE_BYTES = env.number("DISK_RESERVE_BYTES", default=512 * 1024 * 1024)
PARLEY_RECONNECT_WINDOW_SECONDS = env.number("RECONNECT_WINDOW_SECONDS", default=180)
PARLEY_SOCKET_SILENT_SECONDS = env.number("SOCKET_SILENT_SECONDS", default=30)
PARLEY_AGENT_OFFLINE_SECONDS = env.number("AGENT_OFFLINE_SECONDS", default=10)
PARLEY_AGENT_GONE_SECONDS = env.number("AGENT_GONE_SECONDS", default=150)
# This process's name in the list of living processes. Whoever starts it may choose one.
PARLEY_PROCESS_ID = uuid.UUID(env.text("PROCESS_ID") or str(uuid.uuid4()))

# Figures for Prometheus: who may read them, and where each process tells its own (0: nowhere but at `/metrics`).
METRICS_TOKEN = env.text("METRICS_TOKEN")
METRICS_ALLOW = env.listing("METRICS_ALLOW", default=("127.0.0.0/8", "::1"))
METRICS_HOST = env.text("METRICS_HOST", HOST)
METRICS_PORT = env.number("METRICS_PORT", default=0)
BUILD = env.text("BUILD")  # which commit this is, where whoever built it has said so

# Per client address, unless `.env.example` says otherwise. None is no limit at all, for load runs.
PARLEY_RATE_LIMITS: dict[str, int] | None = None
if env.flag("RATE_LIMITS", default=True):
    PARLEY_RATE_LIMITS = {
        "sessions_per_second": env.number("LIMIT_SESSIONS_PER_SECOND", default=100 if DEMO else 5),
        "hellos_per_second": env.number("LIMIT_HELLOS_PER_SECOND", default=1_000 if DEMO else 20),
        "contexts_per_second": env.number("LIMIT_CONTEXTS_PER_SECOND", default=2),
        "transcripts_per_second": env.number("LIMIT_TRANSCRIPTS_PER_SECOND", default=2),
        "uploads_per_second": env.number("LIMIT_UPLOADS_PER_SECOND", default=2),
        "address_uploads_per_second": env.number(
            "LIMIT_ADDRESS_UPLOADS_PER_SECOND", default=100 if DEMO else 10
        ),
        "waiting_uploads": env.number("LIMIT_WAITING_UPLOADS", default=1_000 if DEMO else 100),
        "waiting_uploads_in_all": env.number("LIMIT_WAITING_UPLOADS_IN_ALL", default=2_000),
        "sockets": env.number("LIMIT_SOCKETS", default=12_000 if DEMO else 200),
    }
