from bookings.models import Booking
from waitingroom.guard import give_back, list_guarded


def free_slots(booking_id: int, **_facts: object) -> None:
    """Outbox handler: who has paid is out of the shop, and the next in the queue may come in."""
    sessions = Booking.objects.filter(pk=booking_id).values_list("items__event_session", flat=True).distinct()
    for event_session_id in sessions:
        if event_session_id in list_guarded():
            give_back(event_session_id, booking_id)
