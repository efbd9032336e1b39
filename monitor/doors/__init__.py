"""What both servers do at their doors: who gets a place, and how many there can be."""
