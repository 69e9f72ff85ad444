"""The metrics, one file each: what is eligible, how it is defined, and where that comes from."""
