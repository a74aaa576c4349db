"""Scripted conversations (`aftercheck test`): patients written down as YAML, played against the real agent."""
