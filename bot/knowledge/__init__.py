"""The medical knowledge as typed, frozen objects: model, load, check. No other room is imported from here."""
