from django.urls import path

from waitingroom.views import live, pages

app_name = "waitingroom"
urlpatterns = [
    path("sessions/<int:event_session_id>/queue/", pages.queue, name="queue"),
    path("sessions/<int:event_session_id>/queue/draw/", pages.draw, name="draw"),
    path("live/queues/<int:queue_id>/", live.status, name="status"),
    path("live/queues/<int:queue_id>/join/", live.join, name="join"),
    path("live/queues/<int:queue_id>/claim/", live.claim, name="claim"),
    path("live/queues/<int:queue_id>/leave/", live.leave, name="leave"),
]
