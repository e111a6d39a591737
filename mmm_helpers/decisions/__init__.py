"""From a posterior to a decision: the budget plan and the scenarios."""
