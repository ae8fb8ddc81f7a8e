"""What of the sample data is about money."""
