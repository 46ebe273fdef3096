from tests.tracked_project import empty_store, params, project, trained  # noqa: F401
