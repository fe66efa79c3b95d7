"""Python's cyclic garbage, collected in the window's thread alone and between two events.

Left to itself, Python collects in whichever thread happens to make the next object. There it destroys widgets outside
their own thread and takes listeners away in the middle of a signal, and a full pass stops the window while it lasts.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 200
YOUNG = 2_000  # new objects that are worth a look
ROUNDS = 100  # passes over new objects before the old ones are looked through, which takes some 30 ms


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
        """Looks through what is due: what is new, whose survivors are old from then on; seldom the old ones, too."""
        young, _, rounds = gc.get_count()
        if rounds > ROUNDS:
            gc.collect(2)
        elif young > YOUNG:
            gc.collect(1)
