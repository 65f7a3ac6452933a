"""Every public page in every language, for search engines."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from triage.guide.pages import PAGES

# Pages outside the guide that a visitor may open first.
OTHER_PAGES = ("checker:check", "checker:handout", "booking:request")


class PublicPages(Sitemap):
    i18n = alternates = x_default = True
    protocol = urlsplit(settings.SITE_URL).scheme

    def items(self) -> list[str]:
        """URL names."""
        return [*(f"guide:{page.name}" for page in PAGES), *OTHER_PAGES]

    def location(self, item: str) -> str:
        return reverse(item)

    def get_domain(self, site: object = None) -> str:
        """The public host of SITE_URL, whatever host the request named."""
        return urlsplit(settings.SITE_URL).netloc
