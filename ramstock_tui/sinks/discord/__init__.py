"""Alerts to a Discord webhook: one message per blueprint, created once and edited as it goes on.

`outbox` decides what is sent next, `limits` when, `replies` what an answer means; none of them
waits or knows a clock. `store` keeps the outbox over a kill. `web` speaks HTTP; `channel` is the
thread in which all of it runs, so that neither engine nor screen ever waits.
"""
