"""The demo market: a seeded market that needs no broker, no network and no clock."""

from ramstock_tui.feeds.demo.market import DemoMarket
from ramstock_tui.feeds.demo.spec import DemoSpec

__all__ = ["DemoMarket", "DemoSpec"]
