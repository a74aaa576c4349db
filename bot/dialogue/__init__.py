"""Rasa, as a thin shell: understanding and triage are plain Python behind it."""
