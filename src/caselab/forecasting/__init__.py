"""What forecasters that are no networks share: windows of series, lags, intervals."""
