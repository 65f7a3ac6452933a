"""The pages of the guide, and files that exist once, at the root."""

from django.contrib.sitemaps.views import sitemap
from django.urls import path
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from triage.guide import views
from triage.guide.pages import PAGES
from triage.guide.sitemaps import PublicPages

app_name = "guide"
urlpatterns = [path(page.path, views.show_page, {"page": page}, name=page.name) for page in PAGES]

site_urlpatterns = [
    path(
        "robots.txt", TemplateView.as_view(template_name="guide/robots.txt", content_type="text/plain; charset=utf-8")
    ),
    path("sitemap.xml", require_safe(sitemap), {"sitemaps": {"pages": PublicPages}}, name="sitemap"),
    path(".well-known/security.txt", views.security_txt, name="security-txt"),
]
