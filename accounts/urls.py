from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("menu/", views.menu, name="menu"),
    path("profile/", views.profile, name="profile"),
    path("awaiting-approval/", views.awaiting_approval, name="awaiting_approval"),
]
