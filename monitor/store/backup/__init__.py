"""A copy of all that is kept: taken while parts run, checked whole before any of it is put back."""
