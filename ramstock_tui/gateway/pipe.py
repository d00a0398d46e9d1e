"""The way out to one client: batches frames, and is where the line can fail."""

import asyncio
import socket
import struct


class Pipe:
    """Frames go out together at the next `flush`.

    mode: `open`, `held` (kept until it opens again) or `lost` (thrown away, as on a line that
    died without a word).
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.mode = "open"
        self.sent_bytes = 0
        self._waiting: list[bytes] = []

    def write(self, frame: bytes) -> None:
        """Queue a frame."""
        if self.mode != "lost":
            self._waiting.append(frame)

    def flush(self) -> None:
        """Hand everything that waits to the network, as one write."""
        if self._waiting and self.mode == "open" and not self.transport.is_closing():
            data = b"".join(self._waiting)
            self._waiting.clear()
            self.sent_bytes += len(data)
            self.transport.write(data)

    def backlog(self) -> int:
        """Bytes that the client has not taken yet."""
        return self.transport.get_write_buffer_size()

    def raw(self, data: bytes) -> None:
        """Bytes at once, framed or not, after what waits."""
        self.write(data)
        self.flush()

    def set_mode(self, mode: str) -> None:
        """Change the state of the line; what was held goes out when it opens."""
        self.mode = mode
        if mode == "lost":
            self._waiting.clear()
        self.flush()

    def close(self) -> None:
        """End it as a process does that stops."""
        self.flush()
        self.transport.close()

    def reset(self) -> None:
        """End it with a reset (RST)."""
        sock = self.transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
