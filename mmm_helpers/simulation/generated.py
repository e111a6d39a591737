"""Files of the demo that are made, not shipped: a million journeys, from the seed that the truth beside them names."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mmm_helpers.simulation.journeys import PEOPLE, simulate_all
from mmm_helpers.simulation.world import simulate_company

TRUTH = Path("truth") / "truth.json"
JOURNEYS, LINKS = Path("generated") / "journeys.parquet", Path("generated") / "journey_links.parquet"


def make_missing(folder: Path, journeys: str | None, *, people: int = PEOPLE) -> bool:
    """Make the journeys of a simulated portfolio that are not there yet; nothing for real data.

    Parameters
    ----------
    folder : of the portfolio file. It is a simulated one if `truth/truth.json` lies in it.
    journeys : what the portfolio file names; anything but the demo's own file is left alone.

    Returns
    -------
    bool : whether files were made. Equal seeds give equal journeys; it takes about fifteen seconds.
    """
    truth = folder / TRUTH
    if journeys != JOURNEYS.as_posix() or (folder / JOURNEYS).exists() or not truth.exists():
        return False
    said = json.loads(truth.read_text(encoding="utf-8"))
    print(f"Making {people:,} journeys of the simulated company (once, less than a minute)", flush=True)
    company = simulate_company(said["seed"])
    write_journeys(company, folder, people=people)
    return True


def make_missing_of(portfolio: str | Path) -> bool:
    """The same for a portfolio file; what is wrong with the file is not said here."""
    import yaml

    path = Path(portfolio)
    try:
        named = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("journeys")
    except (OSError, yaml.YAMLError, AttributeError, UnicodeDecodeError):
        return False
    return make_missing(path.parent, named)


def write_journeys(company: object, folder: Path, *, people: int = PEOPLE) -> None:
    """Write the journeys and the links between identities, market after market; whole files appear, or none."""
    worlds = simulate_all(company, people)
    tables = {JOURNEYS: [w.touches for w in worlds.values()], LINKS: [w.links for w in worlds.values()]}
    for path, parts in reversed(tables.items()):
        unfinished = (folder / path).with_suffix(f".{os.getpid()}.part")
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        writer = None
        for part in parts:
            text = {c: part[c].astype(str) for c in part.select_dtypes("category")}
            table = pa.Table.from_pandas(part.assign(**text), preserve_index=False)
            writer = writer or pq.ParquetWriter(unfinished, table.schema, compression="zstd")
            writer.write_table(table)
        writer.close()
        unfinished.replace(folder / path)


def journey_truth(company: object, *, people: int = PEOPLE) -> pd.DataFrame:
    """What each channel caused of the journeys' conversions: market, channel, met, conversions, value."""
    return pd.concat([w.truth for w in simulate_all(company, people).values()], ignore_index=True)
