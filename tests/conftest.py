"""What holds for all tests."""

from __future__ import annotations

import os

# Tests run side by side: with a thread each, they don't fight for the cores. Set before torch is imported anywhere.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# No test asks a hub for anything.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
