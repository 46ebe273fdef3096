"""MLflow's model registry: versions of a case's model, how one is packed, asked and made again."""
