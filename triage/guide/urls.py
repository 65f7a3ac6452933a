"""The pages of the guide, and files that exist once, at the root."""

import datetime as dt

from django.contrib.sitemaps.views import sitemap
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from triage.guide import views
from triage.guide.pages import PAGES
from triage.guide.sitemaps import PublicPages

app_name = "guide"
urlpatterns = [path(page.path, views.show_page, {"page": page}, name=page.name) for page in PAGES]

PLAIN_TEXT = "text/plain; charset=utf-8"
# security.txt (RFC 9116) wants less than a year. Counted from the start of this process.
EXPIRES = {"expires": timezone.now() + dt.timedelta(days=360)}
site_urlpatterns = [
    path("robots.txt", TemplateView.as_view(template_name="guide/robots.txt", content_type=PLAIN_TEXT)),
    path("sitemap.xml", require_safe(sitemap), {"sitemaps": {"pages": PublicPages}}, name="sitemap"),
    path(
        ".well-known/security.txt",
        TemplateView.as_view(template_name="guide/security.txt", content_type=PLAIN_TEXT, extra_context=EXPIRES),
        name="security-txt",
    ),
]
