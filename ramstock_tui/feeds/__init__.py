"""Adapters that turn a data source into market records."""
