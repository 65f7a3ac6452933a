"""One address for each page of the registry, and the files at the root that programs read."""

from django.urls import path

from triage.guide import views
from triage.guide.pages import PAGES

app_name = "guide"
urlpatterns = [path(page.path, views.show_page, {"page": page}, name=page.name) for page in PAGES]

# These stand once, at the root, whatever the language.
site_urlpatterns = [
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
    path(".well-known/security.txt", views.security_txt, name="security-txt"),
]
