"""Who hears what: apps register their handlers in AppConfig.ready()."""

from collections.abc import Callable

Handler = Callable[..., None]
HANDLERS: dict[str, list[Handler]] = {}
QUICK: set[tuple[str, Handler]] = set()


def subscribe(topic: str, handler: Handler, *, is_quick: bool = False) -> None:
    """Call `handler(**payload)` for each message of the topic; it must welcome the same one twice.

    A quick one waits for nobody but our own database: no provider, no mail server.
    """
    handlers = HANDLERS.setdefault(topic, [])
    if handler not in handlers:
        handlers.append(handler)
    if is_quick:
        QUICK.add((topic, handler))


def is_quick(topic: str) -> bool:
    return all((topic, handler) in QUICK for handler in HANDLERS.get(topic, []))
