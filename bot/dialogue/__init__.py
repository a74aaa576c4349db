"""Rasa, as a thin shell: the only room that imports it. Understanding and triage are plain Python behind it."""
