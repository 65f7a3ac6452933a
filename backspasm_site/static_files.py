"""Where the list of static files lies, and who may load them."""

from wsgiref.headers import Headers

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """With the manifest beside the files and not among them: WhiteNoise serves all that lies there."""

    def __init__(self) -> None:
        super().__init__(manifest_storage=FileSystemStorage(settings.STATIC_DIR))


def let_other_sites_load(headers: Headers, path: str, url: str) -> None:
    """Lets a page of another site load a static file, as one that translates our pages does. No file is a secret."""
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
