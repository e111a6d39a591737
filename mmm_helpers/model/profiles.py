"""How much work a run may do: draws, chains, validation folds."""

from __future__ import annotations

from dataclasses import asdict, dataclass

FOLD_WEEKS = 13
"""Length of a validation fold in weeks: one quarter, the interval at which budgets are set."""


@dataclass(frozen=True)
class Profile:
    """Effort of one run; part of every fit's key and shown on every page.

    Parameters
    ----------
    name : `quick`, `standard` or `full`.
    chains, tune, draws : of the sampler, per fit.
    target_accept : acceptance rate that the step size is tuned to.
    folds : how many quarters at the end of the data are predicted from what came before.
    fold_draws : draws per chain for a fold's fit, which serves prediction only.
    decision_grade : whether the run may ground a recommendation at all.
    """

    name: str
    chains: int
    tune: int
    draws: int
    target_accept: float
    folds: int
    fold_draws: int
    decision_grade: bool

    def asdict(self) -> dict:
        return asdict(self)


PROFILES = {
    p.name: p
    for p in (
        Profile("quick", 2, 200, 200, 0.8, 0, 0, False),
        Profile("standard", 4, 500, 1000, 0.9, 1, 150, True),
        Profile("full", 4, 1000, 1500, 0.95, 3, 300, True),
    )
}
