"""All URLs of the site. English pages have no prefix; those in another language begin with its code."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from triage.errors import page_for_proxy
from triage.guide.urls import site_urlpatterns
from triage.operations.health import healthz, readyz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("admin/", include("triage.desk.urls")),
    path("", include((site_urlpatterns, "site"))),
    *i18n_patterns(
        path("refused/<int:status>/", page_for_proxy, name="refused"),
        path("", include("triage.checker.urls")),
        path("book/", include("triage.booking.urls")),
        path("", include("triage.guide.urls")),
        prefix_default_language=False,
    ),
]

handler400 = "triage.errors.bad_request"
handler403 = "triage.errors.forbidden"
handler404 = "triage.errors.not_found"
handler500 = "triage.errors.server_error"
