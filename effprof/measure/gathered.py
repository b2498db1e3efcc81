"""What the passes brought back, raw."""

from dataclasses import dataclass, field

from effprof.base.records import Caution, Measurement, Missing
from effprof.estimators import cpu_power, roofline
from effprof.measure.collect import Evidence
from effprof.measure.energy import Pass
from effprof.measure.operators import Profile
from effprof.measure.rates import Load
from effprof.measure.sustained import Sustained
from effprof.measure.trial import Trial
from effprof.model.model import Counts

INTERRUPTED = "interrupted before it was measured"


@dataclass(slots=True)
class Gathered:
    """Grows pass by pass; whatever is there when the run ends is what the report is made of.

    `counts` and `profile` are of the batch that the report is of; `own` counts the user's file,
    which is another where it was converted. `spoiled`: outputs that conversion made NaN.
    """

    counts: Counts
    own: Counts
    evidence: Evidence = field(default_factory=Evidence)
    load: Load | None = None
    profile: Profile = field(default_factory=Profile)
    ceilings: roofline.Ceilings | None = None
    ceilings_lack: str = ""  # empty where their pass was not reached
    quality: tuple[Measurement | Missing | Caution, ...] = ()
    spoiled: list[str] = field(default_factory=list)
    disturbed: tuple[Trial, ...] = ()  # workers of meters that slow the work: no clock here
    energy: Pass | None = None
    plug: cpu_power.Plug | None = None  # this machine's watts, as a user read them
    sustained: Sustained | None = None
    interrupted: bool = False

    def unreached(self, metric: str) -> Missing:
        """What a later pass would have measured."""
        if self.interrupted:
            return Missing(metric, INTERRUPTED)
        return Missing(metric, "the pass that measures it was not reached")
