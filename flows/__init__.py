"""When and where pipelines run: the only room that knows Prefect."""
