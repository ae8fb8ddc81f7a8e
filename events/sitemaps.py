from datetime import datetime

from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet

from events.models import Event


class EventSitemap(Sitemap[Event]):
    changefreq = "daily"
    limit = 5000

    def items(self) -> QuerySet[Event]:
        return Event.objects.visible().only("slug", "updated_at").order_by("pk")

    def lastmod(self, item: Event) -> datetime:
        return item.updated_at
