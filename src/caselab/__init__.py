"""Classic machine-learning case studies as reproducible pipelines."""
