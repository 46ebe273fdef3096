"""Answers over HTTP: the server of champions, and the log of what it was asked and answered."""
