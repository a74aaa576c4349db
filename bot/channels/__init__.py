"""The ways in: each channel checks who speaks, hands the message on, and lets no reply out without the frame."""
