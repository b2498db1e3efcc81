"""What a report is to say, as it is being found out."""

from dataclasses import dataclass, field

from effprof.base.records import Caution, Measurement, Missing


@dataclass(slots=True)
class Findings:
    """What can be said, what cannot, and what to be wary of; grows as parts are added."""

    measurements: dict[str, Measurement] = field(default_factory=dict)
    missing: dict[str, Missing] = field(default_factory=dict)
    cautions: list[Caution] = field(default_factory=list)

    def add(self, *parts: Measurement | Missing | Caution) -> None:
        for part in parts:
            match part:
                case Measurement():
                    self.measurements[part.metric] = part
                    self.missing.pop(part.metric, None)
                case Missing() if part.metric not in self.measurements:
                    self.missing[part.metric] = part
                case Caution():
                    self.cautions.append(part)

    def forget(self, metric: str) -> None:
        """What turned out to be of another pass than its name says."""
        self.measurements.pop(metric, None)

    def value(self, metric: str) -> float | None:
        found = self.measurements.get(metric)
        return found.value if found else None
