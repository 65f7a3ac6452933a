"""Where the list of static files lies."""

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """With the manifest beside the files and not among them: WhiteNoise serves all that lies there."""

    def __init__(self) -> None:
        super().__init__(manifest_storage=FileSystemStorage(settings.STATIC_DIR))
