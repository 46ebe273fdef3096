"""The gate between a case's best pipeline and its champion."""
