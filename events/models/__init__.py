from events.models.catalogue import EventType, Tag, TicketType
from events.models.event import Event
from events.models.event_session import EventSession, EventSessionQuerySet, PriceTier

__all__ = ["Event", "EventSession", "EventSessionQuerySet", "EventType", "PriceTier", "Tag", "TicketType"]
