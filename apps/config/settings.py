"""All settings, in one file. Unset variables mean the home setup; `docs/operating.md` lists the variables.

Services are named by DATABASE_URL, REDIS_URL, CHROMA_URL and LLM_BASE_URL (with LLM_API_KEY and LLM_MODEL);
nothing else decides where they are.
"""

from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from apps.config import environment

BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = Path(environment.text("DATA_DIR", str(BASE_DIR / "var")))
DATA_DIR.mkdir(parents=True, exist_ok=True)

# --- Who may reach us ------------------------------------------------------------------------------------

HOME_KEY = (
    "home-setup-key-that-a-public-host-refuses-to-start-with"  # the deploy check and start-up refuse it
)
SECRET_KEY = environment.text("SECRET_KEY", HOME_KEY)
DEBUG = environment.flag("DEBUG", default=False)
PUBLIC_URL = environment.url("PUBLIC_URL", "http://127.0.0.1:8000", schemes=("http", "https"))
ALLOWED_HOSTS = environment.words(
    "ALLOWED_HOSTS", f"127.0.0.1,localhost,[::1],{urlsplit(PUBLIC_URL).hostname}"
)
DEMO = environment.flag("DEMO", default=False)  # serves the demo shop's pages

LOOPBACK = {"127.0.0.1", "localhost", "[::1]", "::1", "testserver"}
IS_PUBLIC = urlsplit(PUBLIC_URL).hostname not in LOOPBACK or not LOOPBACK.issuperset(ALLOWED_HOSTS)
if IS_PUBLIC and (SECRET_KEY == HOME_KEY or DEBUG):
    raise ImproperlyConfigured(
        "This host is public (PUBLIC_URL or ALLOWED_HOSTS name more than this machine): "
        "set SECRET_KEY to 50 random characters of its own, and leave DEBUG off."
    )

# --- The application -------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "apps.config",
    "apps.audit",
    "apps.accounts",
    "apps.knowledge",
    "apps.conversations",
    "apps.gaps",
    "apps.numbers",
    "apps.training",
    "apps.integrations",
    "apps.actions",
    "apps.people",
    "apps.widget",
    "apps.api",
    "apps.dashboard",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "apps.dashboard.security.content_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.dashboard.way_back.way_back",
    "apps.config.errors.ErrorMiddleware",
]
ROOT_URLCONF = "apps.config.urls"
ASGI_APPLICATION = "apps.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "log_in"
LOGIN_REDIRECT_URL = "dashboard"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
PASSWORD_RESET_TIMEOUT = 3600  # seconds that the link in a mail is good for
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "apps" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = environment.text("TIME_ZONE", "UTC")

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
MEDIA_ROOT = DATA_DIR / "uploads"
WHITENOISE_USE_FINDERS = True  # the home setup needs no collectstatic
# Uploads are streamed to disk above this size, so that a large file does not sit in memory.
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 1 * 1024 * 1024
MAX_DOCUMENT_BYTES = 32 * 1024 * 1024

# --- Services --------------------------------------------------------------------------------------------

DATABASE_URL = environment.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'seekdesk.sqlite3'}")
# Under ASGI a request's thread ends with it: a connection that is kept longer would be nobody's.
DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=0, conn_health_checks=True)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}  # a file: tests meet the real locks
    DATABASES["default"]["OPTIONS"] = {
        # A transaction that reads and then writes must not lose its place to another writer in between.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # A connection for each thread, each with pages of its own: half a megabyte, not two. The system keeps them as well.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-500;",
    }

REDIS_URL = environment.url("REDIS_URL", "redis://127.0.0.1:6390/0", schemes=("redis", "rediss", "unix"))
CHROMA_URL = environment.url("CHROMA_URL", "http://127.0.0.1:8102", schemes=("http", "https"))
LLM_BASE_URL = environment.url("LLM_BASE_URL", "http://127.0.0.1:8101/v1", schemes=("http", "https"))
LLM_API_KEY = environment.text("LLM_API_KEY", "none")
LLM_MODEL = environment.text("LLM_MODEL", "home")
# Per cent: where a sentence answers so surely, it is quoted and no model is asked; 100 asks the model always.
QUOTE_FROM = environment.number("QUOTE_FROM", 80)
# The judge of the support check, at the same address: asked only for sites that have it on.
JUDGE_MODEL = environment.text("JUDGE_MODEL", "judge")
JUDGE_TIMEOUT = environment.number("JUDGE_TIMEOUT", 3)  # seconds for a sentence; then the check does without
WORD_INDEX_DIR = DATA_DIR / "words"
# Another embedder than the shipped one, for operators to switch to: any OpenAI-compatible `/v1/embeddings`.
EMBEDDING_BASE_URL = environment.address("EMBEDDING_BASE_URL", schemes=("http", "https"))
EMBEDDING_API_KEY = environment.text("EMBEDDING_API_KEY", "")
EMBEDDING_MODEL = environment.text("EMBEDDING_MODEL", "")
if bool(EMBEDDING_BASE_URL) != bool(EMBEDDING_MODEL):
    raise ImproperlyConfigured("EMBEDDING_BASE_URL and EMBEDDING_MODEL are set together, or not at all.")
# Whether the best sentences are read beside the question, and the model's beside their passage: a cross-encoder on the CPU.
CROSS_ENCODER = environment.flag("CROSS_ENCODER", default=True)
# An optional reranker of what a search found: `/v1/rerank` as Jina, Cohere and vLLM offer it.
RERANK_URL = environment.address("RERANK_URL", schemes=("http", "https"))
RERANK_MODEL = environment.text("RERANK_MODEL", "")
RERANK_API_KEY = environment.text("RERANK_API_KEY", "")
RERANK_TIMEOUT = environment.number("RERANK_TIMEOUT", 2)  # seconds; then the order stays as it was
if bool(RERANK_URL) != bool(RERANK_MODEL):
    raise ImproperlyConfigured("RERANK_URL and RERANK_MODEL are set together, or not at all.")
EMBEDDING_CACHE = DATA_DIR / "embeddings.sqlite3"
TRAINING_DIR = DATA_DIR / "training"  # run folders; the model server must see them under the same path
TRAINING_PROFILE = environment.text("TRAINING_PROFILE", "home")  # what a proposed run is trained by
PROPOSE_RUN_AFTER = 200  # new conversations that may be learnt from
# Whether webhooks may be sent into private networks, where another program of the company listens.
WEBHOOKS_MAY_BE_PRIVATE = environment.flag("WEBHOOKS_MAY_BE_PRIVATE", default=False)
# The same for the services behind actions. The demo's own orders service stands on this machine.
ACTIONS_MAY_BE_PRIVATE = environment.flag("ACTIONS_MAY_BE_PRIVATE", default=DEMO and not IS_PUBLIC)
METRICS_TOKEN = environment.text("METRICS_TOKEN", "")  # for /metrics from another machine

# Throttles are told to every web process through the broker; without it each process counts for itself.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- Celery: ids travel, rows are the truth ----------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # a job outlives a restart of the broker
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 20,
    "socket_connect_timeout": 3,
    # Of whoever enqueues, which else tries for six seconds. Workers and beat come back by their own setting above.
    "max_retries": 0,
}
# A page that enqueues must not hang while the broker is gone: the sweeper delivers what was not.
CELERY_TASK_PUBLISH_RETRY = False
# Read by workers only: they bring trafilatura along.
CELERY_IMPORTS = ["apps.knowledge.quality.tasks", "apps.knowledge.websites.tasks"]
CELERY_TASK_DEFAULT_QUEUE = "default"
# What beat rings goes to workers of its own (`sweeper`): a sweep looks and rings, and never waits behind an upload.
CELERY_TASK_ROUTES = {
    "apps.training.tasks.train": {"queue": "training"},
    "apps.*.sweep_*": {"queue": "upkeep"},
    "apps.*.forget_*": {"queue": "upkeep"},
    "apps.*.propose_*": {"queue": "upkeep"},
}
RUNG = {  # by beat, every so many seconds
    "apps.knowledge.websites.tasks.sweep_websites": 30,
    "apps.knowledge.tasks.sweep_jobs": 10,
    "apps.knowledge.tasks.sweep_files": 3600,
    "apps.conversations.tasks.sweep_replies": 5,
    "apps.conversations.tasks.sweep_waiting": 15,
    "apps.conversations.tasks.sweep_letters": 15,
    "apps.conversations.tasks.sweep_alerts": 30,
    "apps.conversations.tasks.sweep_mentions": 60,
    "apps.conversations.tasks.sweep_quiet": 300,
    "apps.conversations.tasks.sweep_attachments": 3600,
    "apps.conversations.tasks.forget_old_trials": 3600,
    "apps.gaps.tasks.sweep_gaps": 60,
    "apps.training.tasks.sweep_models": 10,
    "apps.training.tasks.propose_runs": 3600,
    "apps.integrations.tasks.sweep_deliveries": 10,
    "apps.integrations.tasks.forget_old_deliveries": 3600,
    "apps.numbers.tasks.sweep_numbers": 60,
    "apps.actions.tasks.sweep_calls": 15,
    "apps.people.tasks.sweep_data_jobs": 10,
}
# A bell that nobody heard in time is not heard late: the next one says the same.
CELERY_BEAT_SCHEDULE = {
    task: {"task": task, "schedule": float(seconds), "options": {"expires": min(seconds, 600)}}
    for task, seconds in RUNG.items()
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")

# --- Mail --------------------------------------------------------------------------------------------------
# Without a mail server, mails are kept as files: nothing that a customer was promised disappears.

EMAIL_HOST = environment.text("EMAIL_HOST", "")
EMAIL_PORT = environment.number("EMAIL_PORT", 587)
EMAIL_HOST_USER = environment.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = environment.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = environment.flag("EMAIL_USE_TLS", default=bool(EMAIL_HOST))
EMAIL_TIMEOUT = 20
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = str(DATA_DIR / "mail")
DEFAULT_FROM_EMAIL = environment.text("EMAIL_FROM", "SeekDesk <desk@localhost>")

# --- Security --------------------------------------------------------------------------------------------

HTTPS = PUBLIC_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
X_FRAME_OPTIONS = "DENY"  # the widget's frame sets frame-ancestors of its own
SECURE_REFERRER_POLICY = "same-origin"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {name: {"level": "WARNING"} for name in ("httpx", "httpcore", "chromadb", "jieba", "openai")},
}
