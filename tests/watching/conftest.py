from tests.tracked_project import empty_store, params, project  # noqa: F401
