"""Rasa SDK actions, one a file: they read the slots, call `bot`, and say what it returns."""
