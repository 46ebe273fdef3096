from tests.tracked_project import empty_store, locked, params, project, trained  # noqa: F401
