from tests.registry.registered import three_champions  # noqa: F401
from tests.tracked_project import empty_store, params, project  # noqa: F401
