"""What a run is worth: on single passages while it trains, and as the app would use it."""
