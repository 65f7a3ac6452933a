"""The reference: Django with one view that always answers the same 26 KB."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import re_path

settings.configure(SECRET_KEY="x", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, MIDDLEWARE=[], LOGGING_CONFIG=None)
BODY = b"x" * 26_000


def constant(request: HttpRequest) -> HttpResponse:
    return HttpResponse(BODY)


urlpatterns = [re_path("", constant)]

from django.core.wsgi import get_wsgi_application  # noqa: E402 - only now is Django set up

application = get_wsgi_application()
