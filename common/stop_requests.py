"""Whether this worker has been asked to end: long tasks look between two steps and leave the rest to the next."""

from __future__ import annotations

import mmap

# One byte that parent and forked children share: the children of a worker get no message when it stops, they see it.
_asked = mmap.mmap(-1, 1)


def ask_to_stop() -> None:
    """Make `is_stopping` true from now on, here and in every process forked from here."""
    _asked[0] = 1


def is_stopping() -> bool:
    return _asked[0] == 1
