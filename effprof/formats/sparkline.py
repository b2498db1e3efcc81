"""A row of bars in one line of text: how values went, in their order."""

from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
_MOST = 40
_LEAST_RANGE = 0.05  # of the smallest value: less than that is drawn as less than a full bar


def spark(values: Sequence[float]) -> str:
    """The smallest of `values`, all above zero, is the lowest bar.

    The highest is reached by the largest if it is at least 5 % above: noise does not look like a
    mountain. Of more than forty, neighbours share a bar, which shows the largest of them.
    """
    bars = [max(group) for group in _groups(values)]
    low = min(bars)
    reach = max(max(bars) - low, low * _LEAST_RANGE)
    return "".join(BARS[round((value - low) / reach * (len(BARS) - 1))] for value in bars)


def _groups(values: Sequence[float]) -> list[Sequence[float]]:
    size = -(-len(values) // _MOST)
    return [values[at : at + size] for at in range(0, len(values), size)]
