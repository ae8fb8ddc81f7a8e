"""Benchmarks: our hot paths beside a bare Django view, served the same way in the same run."""
