"""Log lines that say which row they are about: the ids in `extra` follow the message."""

import logging

KNOWN = {*vars(logging.makeLogRecord({})), "message", "asctime", "request", "server_time", "status_code"}


class IdFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        ids = [f"{name}={value}" for name, value in vars(record).items() if name not in KNOWN]
        return f"{line} {' '.join(ids)}" if ids else line
