"""Shared by all tests."""

from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client


class PatientClient(Client):
    """Posts as a browser does. Django's own test client posts multipart, which no form of ours sends."""

    def post(self, path, data=None, content_type="application/x-www-form-urlencoded", **extra):
        body = data if isinstance(data, bytes) else urlencode(data or {}, doseq=True).encode()
        return self.generic("POST", path, body, content_type=content_type, **extra)


@pytest.fixture(autouse=True)
def quick_settings(settings):
    """Pages without a collectstatic before each run, and passwords without the slow hash."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture
def client() -> Client:
    return PatientClient()


@pytest.fixture
def staff_user(db):
    """A receptionist: staff, may work requests, nothing more."""
    user = get_user_model().objects.create_user("front-desk", password="a long test password", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="triage", codename__regex="^(view|change)_bookingrequest$")
    )
    return user


@pytest.fixture
def staff_client(staff_user) -> Client:
    client = PatientClient()
    client.force_login(staff_user)
    return client
