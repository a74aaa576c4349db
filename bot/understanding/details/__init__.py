"""The details of a message that are no symptom: time, side, degree, course, whom it is about, yes or no.

Each function reads one thing from a text and returns None where it is not said. Days are counted back from today; a weekday
means the last one of that name.
"""

from bot.understanding.details.degrees import read_course, read_scale, read_severity, read_side
from bot.understanding.details.people import read_patient
from bot.understanding.details.places import only_places
from bot.understanding.details.replies import read_correction, read_yes_no
from bot.understanding.details.times import read_days, read_times

__all__ = [
    "only_places",
    "read_correction",
    "read_course",
    "read_days",
    "read_patient",
    "read_scale",
    "read_severity",
    "read_side",
    "read_times",
    "read_yes_no",
]
