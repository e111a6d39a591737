"""By what a market's plans are chosen: its cells, their bounds, joint limits, objective and weight of the bad tail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmm_helpers.decisions.budget import make_task, optimize_plan
from mmm_helpers.decisions.limits import Limit, channel_limits
from mmm_helpers.decisions.responses import TODAY, Cell, response_at
from mmm_helpers.decisions.solver import Task
from mmm_helpers.decisions.worth import Worth


@dataclass(frozen=True)
class Choice:
    """Everything that leads from responses to a plan.

    Parameters
    ----------
    cells : as the market has them. bounds : (cell,) lower and upper multiples. steps : see `budget.plan_steps`.
    worth : what outcome leaves before media. objective : revenue or profit; revenue does not weigh channels by their
        customers' lifetime value.
    limits, most_share, risk, level, seed : see `budget.optimize_plan`.
    reserve : share of the total that the plan leaves for tests and new formats.
    """

    cells: list[Cell]
    bounds: tuple[np.ndarray, np.ndarray]
    steps: np.ndarray
    worth: Worth
    objective: str = "profit"
    limits: Sequence[Limit] = ()
    most_share: float | None = None
    risk: float = 0.0
    level: float = 0.1
    reserve: float = 0.0
    seed: int = 0

    @classmethod
    def of(
        cls, cells: list[Cell], bounds: tuple, steps: np.ndarray, worth: Worth, decisions: dict, *, seed: int
    ) -> Choice:
        """The choice as a market's specification states it (`decisions`: its sections budget and risk)."""
        budget, risk = decisions.get("budget", {}), decisions.get("risk", {})
        return cls(
            cells,
            bounds,
            steps,
            worth,
            objective=budget.get("objective") or "profit",
            limits=channel_limits(cells, budget),
            most_share=budget.get("diversification"),
            risk=float(risk.get("preference", 0.0)),
            level=float(risk.get("level", 0.1)),
            reserve=float(budget.get("reserve") or 0.0),
            seed=seed,
        )

    @property
    def spend(self) -> np.ndarray:
        """(cell,) today's spend over the horizon."""
        return np.array([c.spend for c in self.cells], float)

    @property
    def total(self) -> float:
        """What the plan spends: today's total less the reserve."""
        return float(self.spend.sum() * (1 - self.reserve))

    @property
    def valued(self) -> list[Cell]:
        """The cells with what each brings counted as the objective counts it."""
        return self.worth.weigh(self.cells) if self.objective == "profit" else self.cells

    def task(self, total: float | None = None) -> Task:
        """What the solver is given for a total."""
        return make_task(self.valued, *self.bounds, **self._about(total))

    def plan(self, total: float | None = None, *, risk: float | None = None) -> np.ndarray:
        """(cell,) multiples of today's spend for a total; None for `total`."""
        own = self if risk is None else replace(self, risk=risk)
        return optimize_plan(own.valued, *own.bounds, **own._about(total), seed=own.seed)

    def _about(self, total: float | None) -> dict:
        return {
            "total": self.total if total is None else total,
            "steps": self.steps,
            "risk": self.risk,
            "level": self.level,
            "most_share": self.most_share,
            "limits": self.limits,
        }

    def reach(self) -> tuple[float, float]:
        """The least and the most that the bounds of the cells and the channels' capacity and minimum allow."""
        low, high = (float((self.spend * x).sum()) for x in self.bounds)
        for limit in self.limits:
            least, most = (float((self.spend * x)[limit.cells].sum()) for x in self.bounds)
            low += max(limit.low - least, 0.0)
            high -= max(most - limit.high, 0.0)
        return low, high

    def changes(self, plan: np.ndarray, *, chosen: bool = False) -> np.ndarray:
        """(cell, sample) change of outcome against today's plan, on the draws that report (or those that chose)."""
        half = slice(0, None, 2) if chosen else slice(1, None, 2)
        pairs = zip(self.cells, plan, strict=True)
        return np.array([(response_at(c, m) - c.response[:, TODAY])[half] for c, m in pairs])

    def profits(self, plan: np.ndarray, *, chosen: bool = False) -> np.ndarray:
        """(cell, sample) change of profit; NaN where the margin is unknown."""
        change = self.changes(plan, chosen=chosen) * self.worth.of_cells(self.cells)[:, None]
        return change - ((plan - 1) * self.spend)[:, None]
