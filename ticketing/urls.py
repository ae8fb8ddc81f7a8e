from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.static import serve

from ticketing import views

urlpatterns: list[URLPattern | URLResolver] = [
    # First what a whole crowd asks for: every pattern before it would be tried each time.
    path("", include("waitingroom.urls")),
    path("", include("events.urls")),
    path("health/live", views.live, name="live"),
    path("health/ready", views.ready, name="ready"),
    path("admin/", admin.site.urls),
    path("account/", include("accounts.urls")),
    path("account/", include("allauth.urls")),
    path("scanner/", include("scanner.urls")),
    path("", include("bookings.urls")),
    path("", include("payments.urls")),
]
if settings.SERVE_MEDIA:
    urlpatterns.append(re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT}))
handler500 = "ticketing.views.server_error"
