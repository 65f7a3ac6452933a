from django.urls import path

from triage.checker import views

app_name = "checker"
urlpatterns = [
    path("", views.check, name="check"),
    path("advice/", views.advice, name="advice"),
]
