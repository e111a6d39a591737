"""From raw exports to one checked panel per market: portfolio file, sources, calendar, money, gate."""
