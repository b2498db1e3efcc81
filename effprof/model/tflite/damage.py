"""What a damaged .tflite file makes readers raise, as one ModelError in words of its own.

Those of `struct` and numpy ("unpack_from requires a buffer of at least ...") say nothing to a user.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager

from effprof.base.errors import ModelError

AGAIN = "download or convert it again"
_OUTSIDE = (struct.error, IndexError, ValueError, OverflowError)
"""What a position outside the file makes `struct`, numpy and the flatbuffer's reader raise."""
_UNREADABLE = (KeyError, TypeError, AttributeError)


@contextmanager
def told() -> Iterator[None]:
    try:
        yield
    except _OUTSIDE as error:
        why = "the file is cut off or damaged: what it refers to lies outside it"
        raise ModelError(why, hint=AGAIN) from error
    except _UNREADABLE as error:
        why = "the file is damaged: it holds a table that is none of the TFLite schema"
        raise ModelError(why, hint=AGAIN) from error


def text(raw: bytes | None) -> str:
    """A name of the file: whatever its bytes are."""
    return (raw or b"").decode("utf-8", "replace")
