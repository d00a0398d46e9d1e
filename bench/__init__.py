"""Benchmarks: one command each, ratios measured in one run. Figures move with the machine."""
