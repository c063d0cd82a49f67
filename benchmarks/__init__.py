"""Benchmarks, one command: `make bench` (or `python -m benchmarks gateway`, `… embedded`). Loopback only, bounded."""
