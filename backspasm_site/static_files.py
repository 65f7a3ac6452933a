"""Where the list of static files lies, and who may load them."""

from wsgiref.headers import Headers

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Keeps the manifest outside of STATIC_ROOT, where WhiteNoise would serve it."""

    def __init__(self) -> None:
        super().__init__(manifest_storage=FileSystemStorage(settings.STATIC_DIR))


def let_other_sites_load(headers: Headers, path: str, url: str) -> None:
    """Let other sites load static files, as a site does that translates our pages."""
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
