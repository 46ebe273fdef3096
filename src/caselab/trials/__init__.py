"""A version tried in production against the champion: its start, how it stands, its end."""
