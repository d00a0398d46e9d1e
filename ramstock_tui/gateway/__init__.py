"""A gateway on loopback that speaks the text protocol of TWS (server versions 157 to 178).

It stands in for TWS or IB Gateway where there is no account: the client library connects to it
over a real socket, unchanged, and gets what a market (any `Feed`) does, within the limits that the
broker documents. It keeps a log of everything it received. It takes no orders: one that arrives is
refused and logged as a violation.

Start it with `python -m ramstock_tui.gateway`, or use `gateway.Gateway` on a loop of your own.
"""
