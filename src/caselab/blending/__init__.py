"""The blend of a case's pipelines: an average of their answers, and how its weights are chosen."""
