"""The table behind the bare project's one UPDATE."""

TABLE = "bench_bare"
ROWS = 1000
