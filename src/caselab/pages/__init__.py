"""Pages for people: one HTML file a case, made of what stages and the registry have left."""
