"""Which variant is recommended, with which reasons, and what bought nothing."""

from msgspec.structs import replace

from effprof.judge.recommend import Candidate, recommend
from effprof.judge.score import score
from effprof.profile import Aim, Gate, Profile
from effprof.report.report import Report
from effprof.report.variants import Chosen
from tests.judge.reports import metric, report

PROFILE = Profile(
    "p",
    "edge",
    "",
    (Aim("latency.p50", 60.0, 0.001, 1.0, ""), Aim("size.model", 40.0, 1e3, 1e6, "")),
    gates=(Gate("quality.agreement", 0.9, required=False, why=""),),
)


def of(latency: float, size: float, agreement: float | None = None, noise: float = 1.01) -> Report:
    found = {
        "latency.p50": metric("latency.p50", latency, latency / noise, latency * noise),
        "size.model": metric("size.model", size),
    }
    if agreement is not None:
        low, high = agreement - 0.01, agreement + 0.01
        found["quality.agreement"] = metric("quality.agreement", agreement, low, high)
    one = report(found)
    return replace(one, score=score(one, PROFILE))


def chosen(**reports: Report | str) -> Chosen:
    """`as_is` first; a text is why there is no report."""
    tried = [
        Candidate(name.replace("_", "-"), None, why=one)
        if isinstance(one, str)
        else Candidate(name.replace("_", "-"), one, place)
        for place, (name, one) in enumerate(reports.items())
    ]
    return recommend("edge", "p", tried)


def notes(found: Chosen, variant: str) -> tuple[str, ...]:
    return next(one.notes for one in found.tried if one.variant == variant)


def test_the_best_is_recommended_with_what_it_wins_and_costs() -> None:
    found = chosen(as_is=of(0.1, 4e5), int8=of(0.03, 1e5, 0.99))
    assert found.recommended == "int8"
    assert found.reason.endswith(
        "3.3x faster and 4.0x smaller; it answers as its reference in 99 % of items"
    )


def test_what_is_not_told_apart_from_the_original_is_not_worth_its_making() -> None:
    found = chosen(as_is=of(0.1, 4e5, noise=1.5), fp16=of(0.08, 4e5, 0.99, noise=1.5))
    assert found.recommended == "as-is"
    assert "not told apart, so there is nothing to change for" in found.reason


def test_the_original_stays_where_none_is_better() -> None:
    found = chosen(as_is=of(0.1, 4e5), int8=of(0.3, 4e5, 0.99))
    assert (found.recommended, found.original) == ("as-is", "as-is")
    assert found.reason.startswith("none scores higher than its")


def test_beyond_good_enough_the_one_that_saves_most_and_costs_nothing_is_recommended() -> None:
    found = chosen(
        as_is=of(1e-4, 900.0),
        pruned=of(9e-5, 900.0, 0.99),
        student=of(5e-5, 400.0, 0.99),
        smaller=of(3e-4, 100.0, 0.99),
    )
    assert found.recommended == "student"
    assert found.reason == (
        "it scores no less, and is 2.0x faster and 2.2x smaller; "
        "it answers as its reference in 99 % of items"
    )


def test_a_wide_interval_alone_makes_no_variant_as_good() -> None:
    """Worse in nothing that can be told, and far under what the original may score."""
    wide = of(0.09, 1e5)
    wide = replace(
        wide, metrics={**wide.metrics, "latency.p50": metric("latency.p50", 0.09, 4e-3, 0.5)}
    )
    wide = replace(wide, score=score(wide, PROFILE))
    base = of(0.01, 3e5)
    assert base.score is not None
    assert wide.score is not None
    assert (wide.score.points or 0.0) < (base.score.low or 0.0)
    assert chosen(as_is=base, smaller=wide).recommended == "as-is"


def test_a_little_less_by_value_is_not_called_no_less() -> None:
    found = chosen(as_is=of(0.1, 5e3, noise=1.2), smaller=of(0.11, 4.5e3, noise=1.2))
    assert found.recommended == "smaller"
    assert " cannot be told from " in found.reason
    assert "no less" not in found.reason


def test_what_uses_less_of_the_machine_is_not_worse_for_it() -> None:
    def using(one: Report, share: float) -> Report:
        used = metric("utilization.compute", share, share * 0.99, share * 1.01)
        return replace(one, metrics={**one.metrics, "utilization.compute": used})

    student = using(of(5e-5, 400.0, 0.99), 0.02)
    found = chosen(as_is=using(of(1e-4, 900.0), 0.1), student=student)
    assert found.recommended == "student"


def test_one_that_answers_worse_than_the_profile_allows_is_never_recommended() -> None:
    found = chosen(as_is=of(0.1, 4e5), pruned_80=of(0.001, 1e3, 0.2))
    assert found.recommended == "as-is"


def test_where_the_original_cannot_run_the_first_that_does_is_the_base() -> None:
    found = chosen(as_is="its kernels are int8", int8=of(0.1, 4e5), student=of(0.02, 1e5))
    assert (found.original, found.recommended) == ("int8", "student")
    assert found.tried[0].why == "its kernels are int8"


def test_nothing_is_recommended_where_nothing_was_measured() -> None:
    found = chosen(as_is="this machine lacks it")
    assert (found.recommended, found.reason) == (None, "nothing could be measured here")


def test_what_a_technique_did_not_buy_is_said() -> None:
    same = of(0.1, 4e5, 0.99)
    found = chosen(as_is=of(0.1, 4e5), pruned_50=same, fp16=same, other=same)
    assert notes(found, "pruned-50")[0].startswith("bought nothing: the zeros are stored and")
    assert notes(found, "fp16")[0].startswith("bought nothing that these measurements can tell: ")
    assert notes(found, "other") == ("bought nothing that these measurements can tell",)
    assert notes(chosen(as_is=of(0.1, 4e5), pruned_50=of(0.05, 4e5, 0.99)), "pruned-50") == ()


def holding(one: Report, size: float) -> Report:
    held = metric("memory.peak", size, size * 0.999, size * 1.001)
    return replace(one, metrics={**one.metrics, "memory.peak": held})


def test_memory_is_not_what_zeros_buy() -> None:
    as_is, pruned = holding(of(1e-4, 900.0), 1e7), holding(of(1e-4, 900.0, 0.99), 0.99e7)
    found = chosen(as_is=as_is, pruned_50=pruned, student_pruned=pruned)
    assert notes(found, "pruned-50")[0].startswith("the zeros bought nothing: they are stored and")
    assert notes(found, "student-pruned") == ()
    assert chosen(as_is=as_is, pruned_50=pruned).recommended == "as-is"


def test_without_classes_to_count_one_that_answers_otherwise_is_never_recommended() -> None:
    def alike(one: Report, cosine: float) -> Report:
        known = replace(metric("quality.cosine", cosine), n=500)
        return replace(one, metrics={**one.metrics, "quality.cosine": known})

    astray, near = alike(of(0.001, 1e3), 0.46), alike(of(0.001, 1e3), 0.995)
    found = chosen(as_is=of(0.1, 4e5), channels_25=astray)
    assert found.recommended == "as-is"
    assert "never recommended: its cosine to the original is under 0.98" in notes(
        found, "channels-25"
    )
    assert chosen(as_is=of(0.1, 4e5), channels_25=near).recommended == "channels-25"
    both = chosen(as_is=of(0.1, 4e5), channels_25=astray, int8=alike(of(0.05, 1e5), 0.995))
    assert both.recommended == "int8"


def test_int8_without_gain_is_said_with_what_binds_it() -> None:
    slow = of(0.1, 1e5, 0.99)
    slow = replace(slow, model=replace(slow.model, precision="int8"))
    (note,) = notes(chosen(as_is=of(0.1, 4e5), int8=slow), "int8")
    assert note.startswith(
        "int8 takes no less time that can be told, 0.986x to 1.01x the time on cpu"
    )


def test_answers_that_changed_are_a_cost_where_nothing_else_speaks_of_quality() -> None:
    found = chosen(as_is=of(1e-4, 900.0), cheap=of(5e-5, 400.0, 0.95))
    assert found.recommended == "as-is"
    cheap = next(one for one in found.tried if one.variant == "cheap")
    assert cheap.trade is not None
    assert "it answers as its reference in 95 % of items" in cheap.trade
    assert "no cost" not in cheap.trade


def test_the_name_of_a_file_is_no_technique() -> None:
    same = of(0.1, 4e5, 0.99)
    told = recommend(
        "edge",
        "p",
        [
            Candidate("as is", of(0.1, 4e5), 0),
            Candidate("student my-fp16-net.onnx", same, 1),
            Candidate("student net-pruned-50.onnx", same, 2),
        ],
    )
    for name in ("student my-fp16-net.onnx", "student net-pruned-50.onnx"):
        assert notes(told, name) == ("bought nothing that these measurements can tell",)
