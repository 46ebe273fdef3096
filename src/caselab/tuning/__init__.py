"""Search of a pipeline's settings, on training rows alone: spaces, trials, what came of them.

The only room that imports optuna. It keeps the trials and says what to try next and what to give
up; trials themselves are fits as the stage `train` does them, each in a process of its own.
"""
