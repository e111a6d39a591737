"""The record of a run, `run.json`, which the site and the next run read."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from mmm_helpers.errors import InputError, Problem
from mmm_helpers.layout import PORTFOLIO, Layout
from mmm_helpers.pipeline.outcome import GATE, Failure
from mmm_helpers.pipeline.plan import Plan, relative, views_file

if TYPE_CHECKING:
    from mmm_helpers.inputs.portfolio import Portfolio

PERIODS = {"daily": "D", "weekly": "7D", "monthly": "MS"}


def claim_name(layout: Layout, path: Path) -> None:
    """Note which portfolio file these results belong to.

    Raises
    ------
    InputError
        The folder already holds the results of another file with the same portfolio name.
    """
    note, own = layout.root / "portfolio_path.txt", relative(path)
    theirs = note.read_text(encoding="utf-8").strip() if note.exists() else own
    if theirs != own:
        raise InputError(
            Problem(
                f"the name '{layout.portfolio}' is already taken by {theirs}",
                f"{own}, key 'name'",
                "one portfolio file per name, since results are stored under it",
                f"rename one of the two, or delete {relative(layout.root)} if the other is gone",
            )
        )
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(own + "\n", encoding="utf-8")


def write_views(layout: Layout, portfolio: Portfolio, *, missing: Sequence[str] = ()) -> None:
    """Store a digest of what the portfolio file says about each market's pages, and about the portfolio's.

    A changed label or budget re-runs the pages that show it, and a market that goes missing those about all
    markets; where files lie is the gate's business.
    """
    shared = portfolio.model_dump(mode="json", exclude={"markets", "data", "fx", "regions"})
    hidden = {"sources", "unknown"}
    markets = {code: m.model_dump(mode="json", exclude=hidden) for code, m in portfolio.markets.items()}
    views = {code: _digest([shared, market]) for code, market in markets.items()}
    views[PORTFOLIO] = _digest([shared, markets, list(missing)])
    views_file(layout).write_text(json.dumps(views, indent=1), encoding="utf-8")


def write_run(
    plan: Plan, portfolio: Portfolio, *, asked: Sequence[str], failures: Sequence[Failure], started: datetime
) -> dict[str, Any]:
    """Write `run.json` and return its content.

    Parameters
    ----------
    asked : markets that the user wanted, whether or not they passed the gate.
    failures : what failed, the gate included.
    started : when the run began.
    """
    markets = {code: _entry(plan, portfolio.label(code), code, failures) for code in asked}
    record = {
        "name": portfolio.name,
        "path": plan.portfolio,
        "profile": plan.profile,
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "data_to": find_last_day(plan.layout, plan.markets, portfolio.frequency),
        "markets": markets,
        PORTFOLIO: _entry(plan, portfolio.name, PORTFOLIO, failures),
    }
    path = plan.layout.run_record
    partial = path.with_suffix(f".{os.getpid()}.json")
    partial.write_text(json.dumps(record, indent=1, ensure_ascii=False), encoding="utf-8")
    partial.replace(path)
    return record


def find_last_day(layout: Layout, codes: Sequence[str], frequency: str) -> str:
    """Last day covered by any of the markets' data, as an ISO date; empty if there are none."""
    ends = [
        pd.read_parquet(layout.panel(c), columns=["date"])["date"].max()
        for c in codes
        if layout.panel(c).exists()
    ]
    if not ends:
        return ""
    following = max(ends) + pd.tseries.frequencies.to_offset(PERIODS[frequency])
    return (following - pd.Timedelta(days=1)).date().isoformat()


def reproduce(plan: Plan, code: str, step: str) -> str:
    """The command that shows a failure again."""
    verb, tail = ("check", "") if step == GATE else ("report", f" --profile {plan.profile}")
    market = "" if code == PORTFOLIO else f" --markets {code}"
    return f"python -m mmm_helpers {verb} --portfolio {plan.portfolio}{market}{tail}"


def _entry(plan: Plan, label: str, code: str, failures: Sequence[Failure]) -> dict[str, str]:
    own = [f for f in failures if f.code == code]
    shared = [f for f in failures if f.code == PORTFOLIO and f.step == "posterior"]
    found = own or shared
    if not found:
        return {"status": "ok", "label": label, "reason": "", "command": ""}
    reason = " ".join(dict.fromkeys(f.reason for f in found))
    return {
        "status": "failed",
        "label": label,
        "reason": reason,
        "command": reproduce(plan, code, found[0].step),
    }


def _digest(content: Sequence[Mapping[str, Any]]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:16]
