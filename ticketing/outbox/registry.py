"""Who hears what: apps register their handlers in AppConfig.ready()."""

from collections.abc import Callable

Handler = Callable[..., None]
HANDLERS: dict[str, list[Handler]] = {}


def subscribe(topic: str, handler: Handler) -> None:
    """Call `handler(**payload)` for each message of the topic; it must welcome the same one twice."""
    handlers = HANDLERS.setdefault(topic, [])
    if handler not in handlers:
        handlers.append(handler)
