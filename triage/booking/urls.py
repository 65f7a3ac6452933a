from django.urls import path

from triage.booking import views

app_name = "booking"
urlpatterns = [
    path("", views.request_visit, name="request"),
    path("from-advice/", views.from_advice, name="from-advice"),
    path("sent/", views.sent, name="sent"),
]
