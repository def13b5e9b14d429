"""What a history that comes from a file must be, before it is believed."""
