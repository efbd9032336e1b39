"""List managers: their bounce arithmetic, each as an exact state machine."""
