from django.contrib.sitemaps import views as sitemaps
from django.urls import path

from events import views
from events.sitemaps import EventSitemap

SITEMAPS = {"events": EventSitemap}

app_name = "events"
urlpatterns = [
    path("", views.home, name="home"),
    path("events/types/<slug:slug>.svg", views.type_tile, name="type_tile"),
    path("events/<slug:slug>/", views.event, name="event"),
    path("events/<slug:slug>/poster.svg", views.poster, name="poster"),
    path("robots.txt", views.robots, name="robots"),
    path(
        "sitemap.xml",
        sitemaps.index,
        {"sitemaps": SITEMAPS, "sitemap_url_name": "events:sitemap"},
        name="sitemap_index",
    ),
    path("sitemap-<section>.xml", sitemaps.sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
]
