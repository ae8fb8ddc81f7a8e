from venues.admin import halls, plans, venues  # noqa: F401 (register their models)
