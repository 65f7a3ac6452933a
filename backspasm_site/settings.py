"""The one settings file. What differs between installations comes from the environment;
what belongs to the clinic comes from clinic.toml; everything else is decided here."""

from pathlib import Path

from triage import clinic
from triage.environment import LOOPBACK_NAMES, read_environment

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = read_environment(BASE_DIR)
CLINIC = clinic.load_clinic(BASE_DIR / "triage" / "clinic.toml")

SECRET_KEY = ENV.secret_key
DEBUG = ENV.debug
SITE_URL = ENV.site_url
IS_HTTPS = ENV.is_https
# The health check asks by loopback name, whatever the public host is.
ALLOWED_HOSTS = [ENV.host, *LOOPBACK_NAMES[:2], "[::1]"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "triage",
    "triage.desk.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth.account",  # without "allauth" itself: every template of the sign-in is our own
    "allauth.mfa",
    "crispy_forms",
]

MIDDLEWARE = [
    "backspasm_site.middleware.RequestId",  # first: every answer has its number
    "backspasm_site.middleware.PageMemory",  # above all that gives a page its headers
    "backspasm_site.middleware.SecurityHeaders",  # above WhiteNoise: what it serves carries them too
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "backspasm_site.middleware.LanguageByPath",
    "backspasm_site.middleware.RefuseForeignBodies",
    "backspasm_site.middleware.BackFindsTheForm",
    "django.middleware.common.CommonMiddleware",
    "triage.desk.middleware.StaffSlots",  # above sessions: the first that reads the database
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "triage.desk.middleware.GuardStaffPages",
]

ROOT_URLCONF = "backspasm_site.urls"
WSGI_APPLICATION = "backspasm_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "triage.templatetags.site"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "backspasm_site.context.site",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = ("clinic_forms",)
CRISPY_TEMPLATE_PACK = "clinic_forms"
CRISPY_FAIL_SILENTLY = False

# --- Data ------------------------------------------------------------------------------------
DATABASES = {"default": ENV.database | {"CONN_MAX_AGE": 60}}
if ENV.database["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # WAL with IMMEDIATE: a writer waits its turn instead of failing with "database is locked".
        # synchronous=FULL: a request we confirmed is on disk even if the power goes.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 3,
    }
else:
    # A database that is away must cost a patient seconds, not a minute. Time-outs of the server: see wsgi.py.
    DATABASES["default"]["ENGINE"] = "backspasm_site.postgresql"
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True  # a file is never away
    DATABASES["default"]["OPTIONS"] = {"connect_timeout": 2, "keepalives_idle": 10, "tcp_user_timeout": 5000}
BACKUP_DIR = ENV.backup_dir
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100
FILE_UPLOAD_HANDLERS = ["backspasm_site.middleware.RefuseUploads"]

# --- Trust -----------------------------------------------------------------------------------
TRUSTED_PROXIES = ENV.trusted_proxies
THREADS = ENV.threads
MINIMUM_FILL_SECONDS = ENV.minimum_fill_seconds

# --- Words -----------------------------------------------------------------------------------
LANGUAGES = list(clinic.LANGUAGES.items())
LANGUAGE_CODE = LANGUAGES[0][0]
LOCALE_PATHS = [BASE_DIR / "triage" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = CLINIC.time_zone

# --- Mail ------------------------------------------------------------------------------------
# Only `manage.py send_notices` sends any, so that no page waits for a mail server.
vars().update(ENV.mail)  # EMAIL_BACKEND, EMAIL_HOST, … as EMAIL_URL says
EMAIL_TIMEOUT = ENV.mail_seconds
DEFAULT_FROM_EMAIL = ENV.mail_from or "no-reply@localhost"
DESK_EMAIL = ENV.desk_email

# --- Retention -------------------------------------------------------------------------------
# The privacy page says these numbers, too.
RETENTION_DAYS = ENV.retention_days
SPAM_RETENTION_DAYS = min(30, RETENTION_DAYS)

# --- Static files ----------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = ENV.static_dir / "files"
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # nothing asks for the others: half the files, half the start
# Pages that are the same for everybody. With the minute that PageMemory keeps them, a change shows after five
# minutes. A proxy that gets no answer may show an old page for a week.
GUIDE_CACHE_CONTROL = "no-cache" if DEBUG else "public, max-age=240, stale-if-error=604800"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Staff sign-in ---------------------------------------------------------------------------
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = LOGOUT_REDIRECT_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
ACCOUNT_ADAPTER = "triage.desk.sign_in.StaffAdapter"
ACCOUNT_FORMS = {"login": "triage.desk.sign_in.SignInForm"}
ACCOUNT_EMAIL_VERIFICATION = "none"
# Wrong passwords and wrong codes: by address, and by name or person.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/15m/ip,5/15m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = ENV.trusted_proxies
MFA_ADAPTER = "triage.desk.sign_in.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "triage.desk.sign_in.CodeForm",
    "authenticate_webauthn": "triage.desk.sign_in.PasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = CLINIC.name
MFA_TOTP_TOLERANCE = 1  # a code may be half a minute old: people type slowly, and their clocks are wrong
# Shared by all replicas, and for the sign-in alone: patients' pages need no cache.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "sign_in_limits",
        # Beyond this many a third goes. With Django's 300, a few hundred wrong tries would wipe out the counts.
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_IDLE_AGE = 15 * 60
ACCOUNT_SESSION_REMEMBER = False  # a session ends with the browser
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "backspasm_site.errors.csrf_failure"

# --- Transport -------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if IS_HTTPS:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 63_072_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
if ENV.trusted_proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "backspasm_site.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # Django's own handlers would mail a report with all that was posted.
        "django": {"handlers": [], "level": "INFO"},
        # Addresses of refused requests are noise, and a path may hold what a person typed.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
