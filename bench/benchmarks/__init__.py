"""One file a benchmark: `measure(plan)` seeds its data, puts visitors to work and returns a Report."""
