from django.urls import path

from triage.checker import views

app_name = "checker"
urlpatterns = [
    path("check/", views.check, name="check"),
    path("check/advice/", views.advice, name="advice"),
    path("check/handout/", views.filled_handout, name="filled-handout"),
    path("handout/", views.handout, name="handout"),
]
