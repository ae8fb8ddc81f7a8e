from events.admin import catalogue, event_sessions, events  # noqa: F401 (register their models)
