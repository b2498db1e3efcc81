"""A few items of what the model is fed, for the converters: to calibrate on and to judge by."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from effprof.base import digest
from effprof.base.records import Feed

MADE = 16
"""Samples of values that are made; of given items up to GIVEN are taken."""
GIVEN = 100
_LARGEST_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class Samples:
    """`items`: rows of --inputs, if any."""

    feeds: tuple[Feed, ...]
    items: int | None
    seed: int

    def identity(self) -> str:
        """What they are made of, files by their content: equal only if the samples are."""
        told = [asdict(feed) for feed in self.feeds]
        for one in told:
            if path := one["values"].pop("path"):
                one["values"]["sha256"] = digest.sha256(Path(path))
        seed = self.seed if any(f.values.kind == "random" for f in self.feeds) else None
        plain = {"feeds": told, "items": self.items, "seed": seed, "made": MADE, "given": GIVEN}
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()

    def write(self, path: Path) -> None:
        """An .npz of `SAMPLE_PLACE`; the first sample is what the model is measured on."""
        import numpy as np

        from effprof.worker.feed import arrays

        held: dict[str, Any] = {}
        size_bytes = 0
        for sample, (seed, first) in enumerate(self._chosen()):
            made = arrays(self.feeds, seed, first)
            for place, feed in enumerate(self.feeds):
                held[f"{sample}_{place}"] = made[feed.name]
                size_bytes += made[feed.name].nbytes
            if size_bytes > _LARGEST_BYTES:
                break
        np.savez(path, **held)

    def _chosen(self) -> list[tuple[int, int]]:
        """Seed and first item of each sample."""
        if self.items is None:
            return [(self.seed + one, 0) for one in range(MADE)]
        batch = self.feeds[0].shape[0] if self.feeds and self.feeds[0].shape else 1
        count = max(1, min(GIVEN, self.items) // max(batch, 1))
        return [(self.seed, one * batch) for one in range(count)]
