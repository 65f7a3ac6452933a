"""Mounts the site's one app, the staff side and the health check."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from triage.guide.urls import site_urlpatterns


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Says nothing of the database: advice is given without it."""
    return HttpResponse("ok", content_type="text/plain", headers={"Cache-Control": "no-store"})


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("", include((site_urlpatterns, "site"))),
    *i18n_patterns(path("", include("triage.urls")), prefix_default_language=False),
]

handler400 = "backspasm_site.errors.bad_request"
handler403 = "backspasm_site.errors.forbidden"
handler404 = "backspasm_site.errors.not_found"
handler500 = "backspasm_site.errors.server_error"
