"""Who is credited with a conversion: journeys, models of credit, and their calibration by experiments."""
