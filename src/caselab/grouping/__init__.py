"""What finds groups without being told them shares: clusters and their number, topics of texts."""
