"""Gates: what holds a request to the stand-in server until a test lets it go on."""

import threading


class Gate(threading.Event):
    """Holds a request, and tells when it came."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        self.reached.set()
        return super().wait(timeout)
