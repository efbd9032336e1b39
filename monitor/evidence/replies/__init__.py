"""What receivers answered to every try, as the MTA's log tells it."""
