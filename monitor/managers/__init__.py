"""List managers, one folder a kind: its arithmetic from bounces to removal, and how it is asked where it can be."""
