"""From an assessment or a question to what the patient reads, and the frame that no such text leaves without."""
