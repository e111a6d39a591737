"""A market on the bench: compiled once, then refitted briefly under one change at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import xarray as xr

from mmm_helpers.model.design import Design
from mmm_helpers.model.elpd import Scores, difference, leave_one_out
from mmm_helpers.model.folds import fold_starts, forecast_draws
from mmm_helpers.model.given import unknown_ahead
from mmm_helpers.model.posterior import with_cell_effects
from mmm_helpers.model.predict import flatten
from mmm_helpers.model.profiles import FOLD_EFFORT
from mmm_helpers.model.validation import crps

REFERENCE = "reference"
"""The model as specified, fitted as briefly as its variants, so that only the change tells them apart."""
SETTLED_RHAT = 1.05
"""R-hat of the effects up to which two short chains count as agreed."""


@dataclass(frozen=True)
class Variant:
    """One refit and what came of it.

    Parameters
    ----------
    name : of the variant within its study. design, draws : as fitted; flattened, with `log_effect`.
    base : name of the variant whose returns it is compared with.
    channels : whose returns are of interest; empty for all paid ones that run.
    scores : leave-one-out scores. crps : score of its forecast of the hidden quarter.
    elpd, elpd_se : leave-one-out score minus the reference's, and its standard error.
    value, low, high : the study's own quantity with its interval. note : what else to know, above all doubts.
    """

    name: str
    design: Design
    draws: xr.Dataset
    base: str = REFERENCE
    channels: tuple[str, ...] = ()
    scores: Scores | None = None
    crps: float = np.nan
    elpd: float = np.nan
    elpd_se: float = np.nan
    value: float = np.nan
    low: float = np.nan
    high: float = np.nan
    note: str = ""

    def having(self, **changes) -> Variant:
        """The same refit with some of its fields filled in."""
        return replace(self, **changes)


@dataclass
class Bench:
    """Refits of one market.

    Parameters
    ----------
    settings : the market's specification.
    remake : specification → design, for changes that go back to the panel.
    cores, seed : of the sampler. report : called with the number of refits so far.
    """

    settings: dict
    remake: Callable[[dict], Design]
    seed: int
    cores: int = 1
    report: Callable[[int], None] = lambda done: None
    done: int = field(default=0, init=False)

    @cached_property
    def design(self) -> Design:
        """The market as specified."""
        return self.remake(self.settings)

    @property
    def pooling(self) -> str:
        return self.settings["model"]["pooling"]["regions"]

    @property
    def unknown(self) -> list[str]:
        """Controls whose future no forecast is given."""
        return unknown_ahead(self.settings)

    def compile(self, design: Design, *, pooling: str | None = None, between_scale: float = 1.0):
        """A program for a design whose model differs; half a minute."""
        from mmm_helpers.model.programs import compiled_for

        return compiled_for(design, pooling=pooling or self.pooling, between_scale=between_scale)

    @cached_property
    def program(self):
        """The market's model as specified, compiled."""
        return self.compile(self.design)

    def refit(self, name: str, design: Design, *, program=None, base: str = REFERENCE) -> Variant:
        """A short fit of a design.

        Parameters
        ----------
        program : its own compiled model; by default the market's, with the design's data in place of its own.
        """
        from mmm_helpers.model.sample import replaceable, sample

        draws = sample(
            program or self.program,
            **FOLD_EFFORT,
            seed=self.seed,
            cores=self.cores,
            label="",
            data=replaceable(design),
        )
        self.done += 1
        self.report(self.done)
        flat = flatten(with_cell_effects(draws, design.regions))
        return Variant(name, design, flat, base=base, note=_doubt(draws))

    @cached_property
    def reference(self) -> Variant:
        """The market as specified, on all its data; the score is that of the fit `before` the hidden quarter."""
        fitted = self.refit(REFERENCE, self.design)
        return fitted.having(scores=leave_one_out(fitted.design, fitted.draws), elpd=0.0, elpd_se=0.0)

    @cached_property
    def start(self) -> int | None:
        """First period of the hidden quarter; None where the history is too short to hide one."""
        return next(iter(fold_starts(self.design, 1)), None)

    @cached_property
    def before(self) -> Variant:
        """The market as specified, fitted to what came before the hidden quarter."""
        if self.start is None:
            return self.reference
        return self.scored(self.refit(REFERENCE, self.hide(self.design)))

    def hide(self, design: Design) -> Design:
        """A design without the outcome of the hidden quarter; as it is where none can be hidden."""
        return design if self.start is None else design.hide_from(self.start)

    def scored(self, variant: Variant) -> Variant:
        """A variant fitted to what came before the hidden quarter, with the score of its forecast of it."""
        if self.start is None:
            return variant
        ahead = forecast_draws(
            variant.design, variant.draws, self.start, unknown=self.unknown, seed=self.seed
        )
        truth = self.design.outcome[self.start : self.start + ahead.shape[1]].sum(axis=1)
        known = ~np.isnan(truth)
        score = float(crps(ahead.sum(axis=2)[:, known], truth[known]).mean()) if known.any() else np.nan
        return variant.having(crps=score)

    def forecast(self, variant: Variant) -> np.ndarray:
        """Outcome draws (sample, h, r) of the hidden quarter."""
        how = {"unknown": self.unknown, "seed": self.seed}
        return forecast_draws(variant.design, variant.draws, self.start, **how)

    def compared(self, variant: Variant) -> Variant:
        """A variant on all data with its leave-one-out score beside the reference's."""
        scores = leave_one_out(variant.design, variant.draws)
        elpd, error = difference(self.design, scores, self.reference.scores)
        few = f"{scores.doubtful} period{'' if scores.doubtful == 1 else 's'} hard to leave out"
        note = few if scores.doubtful else ""
        notes = "; ".join(n for n in (variant.note, note) if n)
        return variant.having(scores=scores, elpd=elpd, elpd_se=error, note=notes)


def _doubt(draws: xr.Dataset) -> str:
    """What speaks against relying on a short fit; empty if nothing does."""
    import arviz as az

    rhat = float(az.rhat(draws[["log_effect_market"]])["log_effect_market"].max())
    return f"the two short chains disagree (R-hat {rhat:.2f})" if rhat > SETTLED_RHAT else ""
