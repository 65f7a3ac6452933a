"""The one settings file. What differs between installations comes from the environment;
what belongs to the clinic comes from clinic.toml; everything else is decided here."""

from pathlib import Path
from urllib.parse import quote, urlsplit

from backspasm_site.static_files import let_other_sites_load
from triage.clinic import load_clinic
from triage.environment import LOOPBACK_NAMES, POOLER, Environment, SettingsError

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
env.read_file(BASE_DIR / ".env")  # fills in what the environment itself leaves out

# Each language by its own name for itself. Addresses of the first one have no prefix.
LANGUAGES = [("en", "English"), ("es", "Español")]
LANGUAGE_CODE = LANGUAGES[0][0]
CLINIC = load_clinic(BASE_DIR / "triage" / "clinic.toml", [code for code, _name in LANGUAGES])
CLOSURES = "triage.booking.closures.closed_days"  # returns the days that managers closed

SECRET_KEY = env.secret("SECRET_KEY")
DEBUG = env.flag("DEBUG")
SITE_URL = env.site_url("SITE_URL")
if DEBUG and urlsplit(SITE_URL).hostname not in LOOPBACK_NAMES:
    raise SettingsError(
        "DEBUG shows all that the site knows, so SITE_URL must be on this machine: http://127.0.0.1:8000."
    )
IS_HTTPS = SITE_URL.startswith("https:")
# The health check asks by loopback name, whatever the public host is.
ALLOWED_HOSTS = [urlsplit(SITE_URL).hostname or "", *LOOPBACK_NAMES[:2], "[::1]"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "triage",
    "triage.desk.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth.account",  # without "allauth" itself, which has only templates that we replace
    "allauth.mfa",
    "crispy_forms",
]

MIDDLEWARE = [
    "backspasm_site.middleware.identify_request",  # first, so that every response has its ID
    "backspasm_site.middleware.choose_encoding",  # above PageMemory and WhiteNoise, which compress
    "backspasm_site.middleware.PageMemory",  # above those that add headers to a page
    "backspasm_site.middleware.set_security_headers",  # above WhiteNoise, so that static files have them too
    "backspasm_site.middleware.refuse_foreign_hosts",  # above those that may answer a request
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "backspasm_site.middleware.set_language_by_path",
    "backspasm_site.middleware.refuse_foreign_bodies",
    "backspasm_site.middleware.explain_wrong_methods",
    "django.middleware.common.CommonMiddleware",
    "triage.desk.middleware.limit_staff_threads",  # above sessions: the first that reads the database
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
            "libraries": {"desk": "triage.desk.display"},
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "triage.templatetags.clinical_facts",
                "triage.templatetags.pages",
                "triage.templatetags.rendering",
            ],
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
DATA_DIR = env.folder("DATA_DIR", BASE_DIR, "var")
# Pages give up on a database that does not answer. Commands such as `migrate` have no limit (0).
DATABASE_SECONDS = env.number("DATABASE_SECONDS", 0, 0, 60, "the seconds one question to PostgreSQL may take")
database = env.database("DATABASE_URL", f"sqlite:///{quote(str(DATA_DIR / 'db.sqlite3'))}")
options = database["OPTIONS"]  # those of DATABASE_URL, such as sslmode, have priority
if database["ENGINE"].endswith("sqlite3"):
    database["CONN_MAX_AGE"] = 60
    # WAL with IMMEDIATE: a writer waits instead of failing with "database is locked". With 3 seconds instead of 5, one
    # request of 30,000 at full load failed. synchronous=FULL: confirmed requests survive a power cut.
    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
    options |= {"transaction_mode": "IMMEDIATE", "timeout": int(options.get("timeout", 5))}
    options["init_command"] = pragmas + options.get("init_command", "")
else:
    options.setdefault("connect_timeout", env.text("PGCONNECT_TIMEOUT", "2"))
    # A stored request takes a tenth less CPU, and statements in PostgreSQL's log hold no values.
    options["server_side_binding"] = True
    # A pooler refuses session settings. Behind one, only ImpatientConnection limits the waiting.
    if POOLER not in database:
        limits = f"-c TimeZone=UTC -c lock_timeout={DATABASE_SECONDS}s -c statement_timeout={DATABASE_SECONDS}s"
        options["options"] = f"{limits} {options.get('options', env.text('PGOPTIONS'))}".strip()
    if DATABASE_SECONDS:
        from backspasm_site.postgresql import ImpatientConnection

        # Longer than the server's own limits, after which the connection can still be used.
        ImpatientConnection.seconds = DATABASE_SECONDS + 0.5
        database["CONN_HEALTH_CHECKS"] = True
        options["pool"] = {
            "connection_class": ImpatientConnection,
            "min_size": 1,
            "max_size": 12,
            "timeout": 2,  # seconds that a thread waits for a connection
            "reconnect_timeout": 2,  # instead of ever longer pauses between tries
        }
DATABASES = {"default": database}
BACKUP_DIR = env.folder("BACKUP_DIR", BASE_DIR, "") if env.text("BACKUP_DIR") else None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100

# --- Trust -----------------------------------------------------------------------------------
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0, 0, 2, "how many proxies of your own stand before the site")
THREADS = env.number("THREADS", 48, 1, 1000, "the threads in each process")
MINIMUM_FILL_SECONDS = env.number("MINIMUM_FILL_SECONDS", 3, 0, 60, "the seconds before a request form may be sent")

# --- Words -----------------------------------------------------------------------------------
LOCALE_PATHS = [BASE_DIR / "triage" / "locale"]
TIME_ZONE = CLINIC.time_zone

# --- Mail ------------------------------------------------------------------------------------
# Only `manage.py send_notices` sends mail, so that no page waits for a mail server.
vars().update(env.mail("EMAIL_URL", "consolemail://"))  # EMAIL_BACKEND, EMAIL_HOST, … as EMAIL_URL says
EMAIL_TIMEOUT = env.number("EMAIL_TIMEOUT", 20, 1, 120, "the seconds that the mail server may be silent")
DEFAULT_FROM_EMAIL = env.address("DEFAULT_FROM_EMAIL", "no-reply@localhost")
DESK_EMAIL = env.address("DESK_EMAIL")
MORNING_DIGEST = env.flag("MORNING_DIGEST", "true")

# --- Retention -------------------------------------------------------------------------------
# The privacy page shows these numbers.
RETENTION_DAYS = env.number("RETENTION_DAYS", 180, 1, 3650, "the days after which a closed request is erased")
SPAM_RETENTION_DAYS = min(30, RETENTION_DAYS)
IDLE_DAYS = env.number("IDLE_DAYS", 60, 1, 3650, "the days after which a request nobody touched is shown to a manager")
FORGOTTEN_DAYS = IDLE_DAYS + RETENTION_DAYS  # after which it is erased even if no manager closed it

# --- Static files ----------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# A folder for each release, as two releases cannot share a manifest.
STATIC_DIR = env.folder("STATIC_DIR", BASE_DIR, str(DATA_DIR / "static"))
STATIC_ROOT = STATIC_DIR / "files"
WHITENOISE_ADD_HEADERS_FUNCTION = let_other_sites_load
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # half the files, half the time to start
# For pages that are the same for everybody. A change shows within five minutes: one in PageMemory, two in our proxy,
# two in a browser or another cache. While no replica answers, the proxy shows pages that are up to a week old.
GUIDE_CACHE_CONTROL = "no-cache" if DEBUG else "public, max-age=120, stale-if-error=604500"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "backspasm_site.static_files.StaticFiles"
    },
}

# --- Staff sign-in ---------------------------------------------------------------------------
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # on the server, not in a cookie
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
SIGN_IN_WAIT_MINUTES = 15  # wrong passwords and codes: by address, and by name or person
ACCOUNT_RATE_LIMITS = {
    "wrong_try": f"10/{SIGN_IN_WAIT_MINUTES}m/ip,5/{SIGN_IN_WAIT_MINUTES}m/key",
    # allauth's own, for setting up an app. Not by address, as a right code clears this count.
    "login_failed": f"5/{SIGN_IN_WAIT_MINUTES}m/key",
}
INVITATION_HOURS = 72  # how long a password alone is enough to set up the first second factor
MFA_ADAPTER = "triage.desk.sign_in.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "triage.desk.sign_in.CodeForm",
    "authenticate_webauthn": "triage.desk.sign_in.PasskeyForm",
    "activate_totp": "triage.desk.sign_in.AddAppForm",
    "add_webauthn": "triage.desk.sign_in.AddPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = CLINIC.name
MFA_TOTP_TOLERANCE = 1  # a code may be half a minute old
# For the limits of the sign-in, shared by all replicas.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "sign_in_limits",
        # Above this, Django deletes a third. With its default of 300, some hundred wrong tries would delete the counts.
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_IDLE_AGE = 15 * 60
ACCOUNT_SESSION_REMEMBER = False  # a session ends with the browser
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "backspasm_site.errors.csrf_failure"

# --- Transport -------------------------------------------------------------------------------
if IS_HTTPS:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 63_072_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "backspasm_site.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # Without Django's handlers, which mail a report with the posted fields.
        "django": {"handlers": [], "level": "INFO"},
        # Not for 4xx responses: a path may hold what a person typed.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
