"""Python's cyclic garbage, collected in the window's thread alone and between two events.

Left to itself, Python collects in whichever thread happens to make the next object. There it destroys widgets outside
their own thread and takes listeners away in the middle of a signal, and a full pass stops the window while it lasts.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 200
YOUNG = 2_000  # new objects that are worth a look
ROUNDS = 10  # passes over a generation before the next older one is looked through; Python's own number


class Collector(QObject):
    """Takes the collector over until `stop`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.collect)

    def start(self) -> None:
        """From here on garbage goes in this thread only."""
        gc.disable()
        self._timer.start()

    def stop(self) -> None:
        """Python does it by itself again."""
        self._timer.stop()
        gc.enable()

    def collect_all(self) -> None:
        """Looks through everything, also through what was set apart (`ahead`): a tenth of a second."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    def collect(self) -> None:
        """Looks through the generations that are due."""
        young, middle, old = gc.get_count()
        if old > ROUNDS:
            gc.collect(2)
        elif middle > ROUNDS:
            gc.collect(1)
        elif young > YOUNG:
            gc.collect(0)
