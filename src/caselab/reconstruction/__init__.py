"""What compressors and restorers share: codes judged against training rows, pictures given back."""
