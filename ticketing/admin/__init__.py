from ticketing.admin import scheduled_tasks  # noqa: F401 (registers its models)
