"""ramstock: a terminal cockpit for scalping liquidity dislocations."""

__version__ = "0.1.0"
