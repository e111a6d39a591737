"""How much work a run may do: draws, chains, validation folds."""

from __future__ import annotations

from dataclasses import asdict, dataclass

FOLD_WEEKS = 13
"""Length of a validation fold in weeks: one quarter, the interval at which budgets are set."""

FOLD_EFFORT = {"chains": 2, "tune": 300, "draws": 300, "target_accept": 0.8}
"""A fold's fit serves prediction only, which needs far fewer draws than a reported return."""


@dataclass(frozen=True)
class Profile:
    """Effort of one run; part of every fit's key and shown on every page.

    Parameters
    ----------
    name : `quick`, `standard` or `full`.
    chains, tune, draws : of the sampler, per fit.
    target_accept : acceptance rate that the step size is tuned to.
    folds : how many quarters at the end of the data are predicted from what came before.
    decision_grade : whether the run may ground a recommendation at all.
    studies : whether the run computes what numbers depend on (`model.studies`) where that is not stored.
    """

    name: str
    chains: int
    tune: int
    draws: int
    target_accept: float
    folds: int
    decision_grade: bool
    studies: bool = False

    @property
    def effort(self) -> dict:
        """Keyword arguments of `model.sample.sample`."""
        return {k: getattr(self, k) for k in ("chains", "tune", "draws", "target_accept")}

    def asdict(self) -> dict:
        return asdict(self)


PROFILES = {
    p.name: p
    for p in (
        Profile("quick", 2, 200, 200, 0.8, 0, False),
        Profile("standard", 4, 500, 1000, 0.9, 1, True),
        Profile("full", 4, 1000, 1500, 0.95, 3, True, studies=True),
    )
}
