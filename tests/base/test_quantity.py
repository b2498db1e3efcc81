import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effprof.base.errors import QuantityError
from effprof.base.metrics import CATALOGUE
from effprof.base.quantity import Quantity, parse, share, show, show_metric
from effprof.base.units import definitions, worth


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("512 MiB", "B", 536870912.0),
        ("1 GB", "B", 1e9),
        ("1 GiB", "B", 1073741824.0),
        ("50 ms", "s", 0.05),
        ("50ms", "s", 0.05),
        (" 1.5e2 µs ", "s", 0.00015),
        ("150 us", "s", 0.00015),
        ("150 \u03bcs", "s", 0.00015),  # the Greek letter, as keyboards type it
        ("2 hours", "s", 7200.0),
        ("10 %", "1", 0.1),
        ("0.9", "1", 0.9),
        ("15 W", "W", 15.0),
        ("2.5 GHz", "Hz", 2.5e9),
        ("2.5 GHz", "1/s", 2.5e9),
        ("100 1/s", "1/s", 100.0),
        ("100/s", "1/s", 100.0),
        ("100 items/s", "1/s", 100.0),
        ("10 %/h", "1/s", 0.1 / 3600),
        ("7 GFLOP/s", "FLOP/s", 7e9),
        ("1979 TOP/s", "FLOP/s", 1.979e15),
        ("3 MMAC", "FLOP", 6e6),
        ("12.5 FLOP/B", "FLOP/B", 12.5),
        ("225 mAh", "Ah", 0.225),
        ("225 mAh", "A*s", 810.0),
        ("10 mA h", "Ah", 0.01),
        ("17 Wh", "J", 61200.0),
        ("3.87 V", "V", 3.87),
        ("475 gCO2/kWh", "g/J", 475 / 3.6e6),
        ("3.60 USD/h", "USD/s", 0.001),
        ("100 Mbit/s", "B/s", 1.25e7),
        ("-5 ms", "s", -0.005),
        ("5 J/s", "W", 5.0),
    ],
)
def test_parse(text: str, unit: str, value: float) -> None:
    assert parse(text, unit) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "unit", "message", "hint"),
    [
        ("512", "B", "512 has no unit", "write 512 MiB or 512 MB"),
        ("50", "s", "50 has no unit", "write 50 ms or 50 s"),
        ("5", "J/FLOP", "5 has no unit", "write 5 J/FLOP"),
        ("15 W", "s", "15 W is a power, a duration is wanted", "write 15 ms or 15 s"),
        ("10 %/h", "1", "10 %/h is a rate, a share or a count is wanted", "write 10 %"),
        ("4 ms", "B", "4 ms is a duration, an amount of data is wanted", "write 4 MiB or 4 MB"),
        ("3 J/s^3", "W", "3 J/s^3 is an amount of J/s**3, a power is wanted", "write 3 mW or 3 W"),
        ("10 KB", "B", "10 KB: unknown unit KB", "write 10 kB or 10 KiB or 10 kbit"),
        ("10 Mb", "B", "10 Mb: unknown unit Mb", "write 10 MB or 10 MiB or 10 Mbit"),
        ("10 secs", "s", "10 secs: unknown unit secs", "did you mean"),
        ("10 mB", "B", "10 mB: unknown unit mB", "write 10 MiB"),
        ("10 parsec", "s", "10 parsec: unknown unit parsec", "units are s, min"),
        ("1e999 s", "s", "1e999 s is beyond what a number can hold", ""),
        ("1e-999 s", "s", "1e-999 s is beyond what a number can hold", ""),
    ],
)
def test_refusals(text: str, unit: str, message: str, hint: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse(text, unit)
    assert caught.value.message == message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nan",
        "inf s",
        "NaN ms",
        "9**9**9",
        "9**9**9 s",
        "(" * 10_000,
        "1" * 10_000 + " s",
        "1 s" + "*s" * 10_000,
        "1 s**99",
        "__import__('os')",
        "1,000 B",
        "1_000 B",
        "\u0661 s",  # an Arabic digit one
        "1 s\n2 s",
        "1 [red]s",
        "1 \x1b[31ms",
        "0x10 B",
        "5 s/",
        "5 1",
        "1e1000 s",
    ],
)
def test_hostile_text_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse(text, "s")
    assert len(caught.value.message) < 120
    assert caught.value.message.isprintable()


def test_a_quantity_knows_its_base_unit() -> None:
    units = {
        "512 MiB": "B",
        "475 gCO2/kWh": "g/J",
        "10 V": "V",
        "10 mW": "W",
        "1 GHz": "1/s",
        "90 %": "1",
        "1 mAh": "A*s",
        "50 GB/s": "B/s",
    }
    for text, unit in units.items():
        quantity = Quantity(text)
        assert quantity.unit == unit
        assert quantity.to(unit) == quantity.value
        assert str(quantity) == text


def test_quantities_compare_by_worth() -> None:
    assert Quantity("1 s") == Quantity("1000 ms")
    assert hash(Quantity("1 s")) == hash(Quantity("1000 ms"))
    assert Quantity("1 s") != Quantity("1 B")


def test_a_quantity_must_have_a_unit() -> None:
    with pytest.raises(QuantityError, match="512 has no unit"):
        Quantity("512")
    with pytest.raises(QuantityError, match="15 W is a power"):
        Quantity("15 W").to("s")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.01234, "s", "12.3 ms"),
        (0.9996e-3, "s", "1 ms"),
        (150.0, "s", "2.5 min"),
        (3e7, "s", "347 d"),
        (0.0, "s", "0 s"),
        (-0.012, "s", "-12 ms"),
        (4.1 * 2**20, "B", "4.1 MiB"),
        (2.0**30, "B", "1 GiB"),
        (2.0**20 - 1, "B", "1 MiB"),
        (1010 * 1024, "B", "1010 KiB"),
        (0.0, "B", "0 B"),
        (810e-6, "J", "810 µJ"),
        (1250.0, "1/s", "1.25 k/s"),
        (97.1, "1/s", "97.1 /s"),
        (7e9, "FLOP/s", "7 GFLOP/s"),
        (0.225, "Ah", "225 mAh"),
        (12.34, "FLOP/B", "12.3 FLOP/B"),
        (12345.0, "USD", "12300 USD"),
        (2663936.0, "1", "2.66 M"),
        (1.0, "1", "1"),
        (0.99987, "1", "0.9999"),
        (0.9741, "%", "97.4 %"),
        (0.99987, "%", "99.99 %"),
        (1.0, "%", "100 %"),
        (5.0, "parrots", "5 parrots"),
    ],
)
def test_show(value: float, unit: str, text: str) -> None:
    assert show(value, unit) == text


@pytest.mark.parametrize(
    ("value", "unit", "apart", "text"),
    [
        (0.9796, "%", 0.98, "97.96 %"),
        (0.98, "%", 0.98, "98 %"),
        (0.0500004, "s", 0.05, "50.0004 ms"),
        (0.05, "s", 0.05, "50 ms"),
        (0.04, "s", 0.05, "40 ms"),
    ],
)
def test_what_is_beside_a_limit_is_not_rounded_onto_it(
    value: float, unit: str, apart: float, text: str
) -> None:
    assert show(value, unit, apart) == text


def test_shares_are_shown_in_percent_and_counts_are_not() -> None:
    assert show_metric("utilization.cpu", 0.5) == "50 %"
    assert show_metric("throughput.peak_batch", 1) == "1"
    assert show_metric("latency.p50", 0.05, "s") == "50 ms"


UNITS = sorted({metric.unit for metric in CATALOGUE.values()} | {"%", "Hz", "FLOP/s", "B/s", "Ah"})


@given(
    st.floats(min_value=1e-12, max_value=1e15), st.sampled_from(UNITS), st.sampled_from([1.0, -1.0])
)
def test_what_is_shown_reads_back(size: float, unit: str, sign: float) -> None:
    value = size * sign
    back = parse(show(value, unit), "1" if unit == "%" else unit)
    assert math.isclose(back, value, rel_tol=6e-3)


@given(st.text(max_size=80))
def test_any_text_is_a_quantity_or_a_clear_refusal(text: str) -> None:
    try:
        value = parse(text, "1")
    except QuantityError as refused:
        message = refused.message
    else:
        message = str(value)
        assert math.isfinite(value)
    assert message.isprintable()


@given(st.integers(1, 10**9))
def test_scaling_the_unit_never_matters(number: int) -> None:
    assert parse(f"{number} ms", "s") == parse(f"{number * 1000} µs", "s")
    assert parse(f"{number} MiB", "B") == parse(f"{number * 1024} KiB", "B")


@given(st.sampled_from(sorted(definitions())), st.sampled_from(sorted(definitions())))
def test_a_product_is_worth_what_its_parts_are(one: str, other: str) -> None:
    both, over = worth(f"{one}*{other}"), worth(f"{one}/{other}")
    assert both.factor == worth(one).factor * worth(other).factor
    assert over.factor * worth(other).factor == worth(one).factor
    assert worth(f"{one}/{one}") == worth("1")
    assert worth(f"{one}**-2").factor == 1 / worth(f"{one}*{one}").factor


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import sys, effprof.base.quantity, effprof.base.yamlfile; print(*sys.modules)"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "yaml", "msgspec"} & set(seen.stdout.split())


@pytest.mark.parametrize(("text", "value"), [("5%", 0.05), ("0.05", 0.05), ("150 %", 1.5)])
def test_a_share_is_per_cent_or_under_one(text: str, value: float) -> None:
    assert share(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["5", "1", "2.5"])
def test_a_bare_number_is_not_hundreds_of_per_cent(text: str) -> None:
    with pytest.raises(QuantityError, match=f"^{text} has no unit$") as caught:
        share(text)
    assert caught.value.hint == f"write {text}%"
