"""Steps of transformers, fitted anew in every fold; one file a subject."""
