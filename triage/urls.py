"""Mounts the rooms. English at the root, other languages under their code."""

from django.urls import include, path

urlpatterns = [
    path("", include("triage.checker.urls")),
    path("book/", include("triage.booking.urls")),
    path("", include("triage.guide.urls")),
]
