"""Reading mail that came from outside: hops, boundaries, bounces."""
