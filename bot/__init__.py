"""Aftercheck: a symptom self-check after a treatment. It says how soon to contact the clinician and never diagnoses."""
