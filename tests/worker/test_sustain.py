from pathlib import Path

from effprof.worker import sustain


class Clock:
    """A run takes 1 ms at first and 2 ms from the fifth second on; reading it takes nothing."""

    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        return self.now_ns

    def run(self) -> None:
        self.now_ns += 1_000_000 if self.now_ns < 5e9 else 2_000_000


def _series(seconds: float, bucket_s: float, run_s: float = 1e-3) -> list[dict[str, float]]:
    clock = Clock()
    told = {"others_cpu_s": 0.1, "wall_s": 1.0, "frequency_max_hz": 2e9}
    return sustain.series(
        clock.run, run_s, seconds, bucket_s, clock=clock, open_window=lambda: lambda: told
    )


def test_buckets_follow_each_other_and_count_their_runs() -> None:
    rows = _series(10, 1)
    assert [row["start"] for row in rows] == list(range(10))
    assert [row["runs"] for row in rows] == [1000] * 5 + [500] * 5
    assert all(row["seconds"] == 1 for row in rows)
    assert rows[0]["frequency_max_hz"] == 2e9
    assert "wall_s" not in rows[0]


def test_a_run_longer_than_a_bucket_is_a_bucket() -> None:
    rows = _series(0.01, 0.0001)
    assert [row["runs"] for row in rows] == [1] * 10


def test_short_runs_are_made_several_between_two_looks_at_the_clock() -> None:
    (row,) = _series(0.004, 0.004, run_s=5e-6)
    assert row["runs"] == 4


def test_the_hottest_sound_zone_counts(tmp_path: Path) -> None:
    for place, text in enumerate(("41000\n", "63500\n", "-274000\n", "none\n")):
        (tmp_path / f"thermal_zone{place}").mkdir()
        (tmp_path / f"thermal_zone{place}" / "temp").write_text(text)
    assert sustain.temperature(tmp_path) == {"temperature_celsius": 63.5}
    assert sustain.temperature(tmp_path / "nothing") == {}
