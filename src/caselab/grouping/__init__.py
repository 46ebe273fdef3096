"""Clusters and topics: what those who find them share, networks apart."""
