import logging

from ticketing.logs import IdFormatter


def test_a_log_line_ends_with_the_ids_it_is_about():
    record = logging.makeLogRecord({"msg": "refund failed", "refund_id": 7})

    assert IdFormatter("{message}", style="{").format(record) == "refund failed refund_id=7"
