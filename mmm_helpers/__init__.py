"""Multi-market marketing mix modeling: from raw exports to a report site for every market."""

from __future__ import annotations

__version__ = "0.1.0"
