import pytest

from tests.unit.conftest import make_request
from triage.booking.models import BookingRequest


@pytest.fixture
def stored(db) -> BookingRequest:
    """A plain request."""
    return make_request()
