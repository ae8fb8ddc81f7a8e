import waitingroom.admin.queues  # noqa: F401
