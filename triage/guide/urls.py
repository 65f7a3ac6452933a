"""The pages of the guide, and files that exist once, at the root."""

from django.contrib.sitemaps.views import sitemap
from django.urls import path
from django.views.decorators.http import require_safe

from triage.guide import views
from triage.guide.pages import PAGES
from triage.guide.sitemaps import PublicPages

app_name = "guide"
urlpatterns = [path(page.path, views.show_page, {"page": page}, name=page.name) for page in PAGES]

site_urlpatterns = [
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", require_safe(sitemap), {"sitemaps": {"pages": PublicPages}}, name="sitemap"),
    path(".well-known/security.txt", views.security_txt, name="security-txt"),
]
