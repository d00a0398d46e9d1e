"""Faults of the line between client and gateway."""

from random import Random

from ramstock_tui.gateway import codes
from ramstock_tui.gateway.fault import Fault, after, ends
from ramstock_tui.gateway.gateway import Gateway
from ramstock_tui.gateway.session import Session


def drop(gateway: Gateway, fault: Fault) -> None:
    """Every socket is closed, as at the daily restart; for a while nobody is let in."""
    _closed(gateway, fault)
    for session in list(gateway.sessions):
        session.pipe.close()


def reset(gateway: Gateway, fault: Fault) -> None:
    """The same with a reset."""
    _closed(gateway, fault)
    for session in list(gateway.sessions):
        session.pipe.reset()


def _closed(gateway: Gateway, fault: Fault) -> None:
    if fault.refuse_s:
        gateway.refuse()
        after(gateway, fault.refuse_s, gateway.reopen)


def stall(gateway: Gateway, fault: Fault) -> None:
    """Nothing goes out; afterwards all at once, or (ending `lost`) nothing of it."""
    mode = "lost" if fault.ending == "lost" else "held"
    held = list(gateway.sessions)
    for session in held:
        session.pipe.set_mode(mode)
    gateway.mute_new = mode
    ends(gateway, fault, _flow, gateway, held)


def _flow(gateway: Gateway, held: list[Session]) -> None:
    gateway.mute_new = ""
    for session in gateway.sessions:
        session.pipe.set_mode("open")


def half_open(gateway: Gateway, fault: Fault) -> None:
    """The peer is gone and nobody says so: nothing is read, nothing sent, nothing closed. For so
    long the client ids stay taken."""
    for session in list(gateway.sessions):
        session.deaf = True
        session.pipe.set_mode("lost")
        if fault.for_s and session.client_id is not None:
            gateway.ghosts.add(session.client_id)
            after(gateway, fault.for_s, gateway.ghosts.discard, session.client_id)


def garbage(gateway: Gateway, fault: Fault) -> None:
    """Bytes that are nothing: from here on the framing is lost. Framed (ending `framed`) they are
    one message of nonsense and the line goes on."""
    noise = Random(f"{fault.at_s}{fault.count}").randbytes(fault.count)  # noqa: S311
    for session in gateway.everyone():
        data = len(noise).to_bytes(4, "big") + noise if fault.ending == "framed" else noise
        session.pipe.raw(data)


def truncate(gateway: Gateway, fault: Fault) -> None:
    """Half a frame; then the end (ending `close`) or other frames."""
    frame = gateway.protocol.frame("error", -1, 2104, codes.text_of(2104), "")
    for session in gateway.everyone():
        session.pipe.raw(frame[: len(frame) // 2])
        if fault.ending == "close":
            session.pipe.close()


def huge_frame(gateway: Gateway, fault: Fault) -> None:
    """A frame that says it is 4 GiB long."""
    for session in gateway.everyone():
        session.pipe.raw((0xFFFF_FFF0).to_bytes(4, "big") + b"1\x006\x00")


def nonsense(gateway: Gateway, fault: Fault) -> None:
    """Well framed, but no client can use them: unknown messages, requests, too few fields."""
    frame = gateway.protocol.frame
    frames = [
        b"\0\0\0\x04999\0",
        b"\0\0\0\x0299",
        frame("tick_size", 999_999, 5, 100),
        frame("tape", 999_999, 2, 1, "10.0", 1, 0, "NSDQ", ""),
        frame("current_time", 1),
        frame("contract_details_end", 999_998),
    ]
    for session in gateway.everyone():
        session.pipe.raw(b"".join(frames))


def late(gateway: Gateway, fault: Fault) -> None:
    """Answers come so many seconds (value) late."""
    gateway.weather.late_s = gateway.clock.real_s(fault.value)
    ends(gateway, fault, setattr, gateway.weather, "late_s", 0.0)


def skew(gateway: Gateway, fault: Fault) -> None:
    """The broker's clock is so many seconds (value) ahead."""
    gateway.skew_s = fault.value
