from django.urls import path

from scanner import views

app_name = "scanner"
urlpatterns = [
    path("", views.home, name="home"),
    path("validate", views.validate, name="validate"),
    path("<int:event_session_id>/", views.gate, name="gate"),
    path("<int:event_session_id>/attendance/", views.attendance, name="attendance"),
]
