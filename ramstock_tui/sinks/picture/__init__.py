"""A small picture of ladder and tape, for a phone: own letters, own PNG, nothing to install."""

from ramstock_tui.sinks.picture.ladder import render

__all__ = ["render"]
