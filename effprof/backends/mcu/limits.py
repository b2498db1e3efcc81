"""How large a model may be: what is larger is malice or a slip, and no part has room for it."""

OPERATORS = 4096
"""Of the int8 file: hook.c counts so many layers (MOST_MARKS)."""
TENSORS = 20_000
RANK = 6
UNCONVERTED_OPERATORS = TENSORS
"""Of a model before it is converted, constants among them; the largest that were seen on such a
part have a few hundred."""
FILE_BYTES = 64 << 20
"""The largest part of the catalogue has 4 MiB of flash."""
CONSTANT_BYTES = 64 << 20
"""Of all constants: a small file can name one buffer a thousand times."""
ROOM_BYTES = 16 << 20
"""Of flash and of RAM, of the part that a model is run on that does not fit on the board; and so of
weights, a byte each once they are int8."""
