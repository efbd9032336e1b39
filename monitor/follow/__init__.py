"""The ends of logs: files that are turned, journals, standard input. Only here are logs opened."""
