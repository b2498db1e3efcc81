"""How often a device is asked: said to people, and held against what it can do."""

from effprof.base.records import Missing

HEADROOM = 0.9
"""Of the most that it can do: what a hint offers."""


def too_often(metric: str, duty_hz: float, run_s: float) -> Missing | None:
    """Why the metric is missing, where so many runs do not fit into the time one after another."""
    if duty_hz * run_s <= 1:
        return None
    reason = (
        f"it can do {an_hour(1 / run_s)} an hour, one after another, "
        "and the duty cycle asks for more"
    )
    return Missing(metric, reason, f"--duty {an_hour(HEADROOM / run_s).replace(',', '')}/h")


def an_hour(rate_hz: float) -> str:
    """`3,600`; under ten two digits: `0.5`."""
    number = rate_hz * 3600
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"
