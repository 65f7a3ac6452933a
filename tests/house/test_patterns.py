"""The pages of patterns show every part there is, and only to who develops."""

from collections import defaultdict
from pathlib import Path

import pytest
from django.conf import settings

from backspasm_site import urls
from tests.conftest import forget_pieces
from triage.operations.patterns import ALONE

# As with DEBUG=true.
urlpatterns = [*urls.urlpatterns, *urls.pattern_urlpatterns]

TEMPLATES = Path(settings.BASE_DIR, "templates")
FILES = [
    path.relative_to(TEMPLATES).as_posix()
    for folder in ("components", "clinic_forms")
    for path in sorted((TEMPLATES / folder).rglob("*"))
    if path.is_file()
]
ADDRESSES = ["/patterns/", *(f"/patterns/{name}/" for name in ALONE)]


@pytest.mark.urls(__name__)
def test_every_part_is_shown_under_the_name_of_its_file(client):
    forget_pieces()  # a piece from memory names no template
    pages, used = {}, defaultdict(list)
    for address in ADDRESSES:
        response = client.get(address)
        assert response.status_code == 200
        pages[address] = response.content.decode()
        for template in response.templates:
            used[template.name].append(address)
    for file in FILES:
        name = file.split("/")[-1] if file.endswith(".svg") else file
        assert any(f"<code>{name}</code>" in pages[address] for address in used[file]), f"{file} is on no page"


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_server_has_no_such_address(client, address):
    assert client.get(address).status_code == 404
