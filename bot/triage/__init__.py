"""From what the patient said to the next question or an assessment. Pure functions over frozen data."""
