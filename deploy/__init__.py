"""Starting things: the demo, the production-like stack, and the servers that tests and benchmarks need."""
