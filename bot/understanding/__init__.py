"""From a message to a Reading: what a patient's words say, without Rasa and without a guess about the cause."""
