"""`staysub import`: what lies elsewhere, taken in."""
