"""When and where pipelines run: the only room that knows Prefect."""

import os

# Before Prefect is imported anywhere: it and its server tell nobody of what runs here.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
