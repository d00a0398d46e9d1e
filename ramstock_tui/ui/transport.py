"""Replay control: what pause and the speed keys ask of the host."""

from ramstock_tui.link.schema import Status, Transport

SPEEDS = (100, 200, 500, 1000, 2000, 5000, 10000, 0)  # factor × 100; 0 = as fast as it goes


def toggle(status: Status) -> Transport:
    return Transport("play" if "paused" in status.speed else "pause")


def step(status: Status, by: int) -> Transport:
    """The next speed up (+1) or down (-1) from the one that Status names."""
    now = factor(status.speed)
    if now in SPEEDS:
        at = SPEEDS.index(now)
    else:
        below = [i for i, speed in enumerate(SPEEDS[:-1]) if speed <= now]
        at = below[-1] if below else 0
    return Transport("speed", SPEEDS[max(0, min(len(SPEEDS) - 1, at + by))])


def factor(speed: str) -> int:
    """Factor × 100 of `x10`, `x0.5 paused`, `max`; 100 when it names none."""
    for word in speed.split():
        if word == "max":
            return 0
        number = word.strip("x×")
        if number.replace(".", "", 1).isdigit():
            return int(float(number) * 100)
    return 100
